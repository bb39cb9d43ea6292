"""Transcripts on disk, found again by the digest of the audio; the twin of the shelf of vectors."""

from collections.abc import Sequence
from pathlib import Path

from fedser.features.database import Stored, transaction


class TextShelf:
    """The transcripts by one transcriber with one choice of settings, in one SQLite file."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._file = folder, folder / "texts.sqlite"
        with transaction(self._file, self._folder, write=True) as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS texts"
                " (row INTEGER PRIMARY KEY, digest BLOB UNIQUE, seconds REAL, text TEXT)"
            )

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
        return self.find(digests)

    def texts(self) -> dict[int, str]:
        """Return all transcripts kept by now, by row."""
        with transaction(self._file, self._folder) as connection:
            return dict(connection.execute("SELECT row, text FROM texts").fetchall())
