"""Transcripts on disk, found again by the digest of the audio; the twin of the shelf of vectors.

Their checksums are kept beside them, and looked at when they are read, as those of vectors are.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from fedser.errors import FeatureError
from fedser.features.checksums import Checksums, Row
from fedser.features.database import Stored, damaged, transaction


class TextShelf:
    """The transcripts by one transcriber with one choice of settings, in one SQLite file."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._file = folder, folder / "texts.sqlite"
        self._checksums = Checksums(folder.name)
        with transaction(self._file, self._folder, write=True) as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS texts"
                " (row INTEGER PRIMARY KEY, digest BLOB UNIQUE, seconds REAL, text TEXT)"
            )
            self._checksums.make_table(connection)

    def find(self, digests: Sequence[bytes]) -> dict[bytes, Stored]:
        """Return what is kept of these contents (some hundreds at a time)."""
        marks = ",".join("?" * len(digests))
        query = f"SELECT digest, row, seconds FROM texts WHERE digest IN ({marks})"
        with transaction(self._file, self._folder) as connection:
            rows = connection.execute(query, list(digests)).fetchall()
        return {digest: Stored(row, seconds) for digest, row, seconds in rows}

    def append(
        self, digests: Sequence[bytes], contents: Sequence[str], seconds: Sequence[float]
    ) -> dict[bytes, Stored]:
        """Keep n transcripts in one transaction and return where; what is there already stays as it is."""
        with transaction(self._file, self._folder, write=True) as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO texts (digest, seconds, text) VALUES (?, ?, ?)",
                zip(digests, seconds, contents, strict=True),
            )
            new = _rows(connection, "WHERE row NOT IN (SELECT row FROM checksums)")
            self._checksums.keep(connection, new)
        return self.find(digests)

    def texts(self) -> dict[int, str]:
        """Return all transcripts kept by now, by row; raises FeatureError where one is not what was written."""
        with transaction(self._file, self._folder, write=True) as connection:
            rows = _rows(connection)
            wrong, new = self._checksums.check(rows, self._checksums.known(connection))
            self._checksums.keep(connection, new)
        if wrong:
            reason = f"{len(wrong)} of its transcripts are not what was written, row {wrong[0]} the first"
            raise FeatureError(damaged(self._file, reason, self._folder))
        return {row: bytes(text).decode() for row, _, text in rows}


def _rows(connection: sqlite3.Connection, which: str = "") -> list[Row]:
    return connection.execute(f"SELECT row, digest, CAST(text AS BLOB) FROM texts {which}").fetchall()
