"""The feature store: vectors on disk, memory-mapped, found again by content, encoder and settings.

    store/digests.sqlite                   path, size, time → digest of the content
    store/logmel-3f0c…/settings.json       what the numbers depend on
    store/logmel-3f0c…/vectors.f32         rows of float32 (little-endian), only ever appended to
    store/logmel-3f0c…/index.sqlite        digest of the content → row, seconds of audio
    store/whisper-a91e…/texts.sqlite       digest of the content → row, seconds of audio, transcript

A row exists once the index says so. The vectors are written, and forced to the disk, before the index is
committed: a kill in between leaves a tail that the next writer overwrites.

The index keeps a checksum of every row together with what it is of, and rows are checked when they are used:
neither bytes that a disk has lost nor a row of another utterance are taken for features. Rows of versions that
kept no checksums get theirs when they are first used.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fedser.errors import FeatureError
from fedser.features.checksums import Checksums
from fedser.features.database import Stored, damaged, transaction
from fedser.features.digests import FileDigests
from fedser.features.encoder import Encoder, Transcriber
from fedser.features.texts import TextShelf
from fedser.whole_files import draft_of

FLOAT = np.dtype("<f4")


class FeatureStore:
    """A folder of shelves, one for each encoder with its settings. Several processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder).absolute()
        _make_folder(self.folder)
        self.files = FileDigests(self.folder / "digests.sqlite")

    def shelf(self, encoder: Encoder[Any]) -> "Shelf":
        """Return the vectors of this encoder with these settings, kept or to come."""
        description = {
            "encoder": encoder.name,
            "dimension": encoder.dimension,
            "settings": dict(encoder.settings),
        }
        return Shelf(self._place(encoder.name, description), encoder.dimension)

    def texts(self, transcriber: Transcriber) -> TextShelf:
        """Return the transcripts of this transcriber with these settings, kept or to come."""
        description = {"transcriber": transcriber.name, "settings": dict(transcriber.settings)}
        return TextShelf(self._place(transcriber.name, description))

    def _place(self, name: str, description: Mapping[str, Any]) -> Path:
        """Return the folder of a shelf, made if need be, with its description in it."""
        key = hashlib.blake2b(json.dumps(description, sort_keys=True).encode(), digest_size=8).hexdigest()
        folder = self.folder / f"{name}-{key}"
        _make_folder(folder)
        _describe(folder / "settings.json", description)
        return folder


class Shelf:
    """The vectors of one encoder with one choice of settings: (rows, d) float32, and what each is of."""

    def __init__(self, folder: Path, dimension: int) -> None:
        self.dimension = dimension
        self._folder, self._vectors, self._index = folder, folder / "vectors.f32", folder / "index.sqlite"
        self._checksums = Checksums(folder.name)
        with transaction(self._index, self._folder, write=True) as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS vectors (digest BLOB PRIMARY KEY, row INTEGER UNIQUE, seconds REAL)"
            )
            self._checksums.make_table(connection)
            self._check(_rows(connection))

    def find(self, digests: Sequence[bytes]) -> dict[bytes, Stored]:
        """Return what is kept of these contents (some hundreds at a time)."""
        with transaction(self._index, self._folder) as connection:
            return _find(connection, digests)

    def append(
        self, digests: Sequence[bytes], contents: ArrayLike, seconds: Sequence[float]
    ) -> dict[bytes, Stored]:
        """Keep n vectors (n, d) in one transaction and return where; what is there already stays as it is."""
        vectors = np.asarray(contents, dtype=np.float32)
        if vectors.shape != (len(digests), self.dimension) or len(seconds) != len(digests):
            raise ValueError(f"{len(digests)} digests and {len(seconds)} durations for vectors {vectors.shape}")
        with transaction(self._index, self._folder, write=True) as connection:
            kept, rows = _find(connection, digests), _rows(connection)
            self._check(rows)
            # Another process may have been quicker with some, and a content is kept once.
            places = {digest: place for place, digest in enumerate(digests) if digest not in kept}
            self._write(rows, vectors[list(places.values())])
            for row, (digest, place) in enumerate(places.items(), start=rows):
                stored = kept[digest] = Stored(row, float(seconds[place]))
                connection.execute("INSERT INTO vectors VALUES (?, ?, ?)", (digest, row, stored.seconds))
            self._checksums.keep(connection, [(kept[d].row, d, _bytes(vectors[k])) for d, k in places.items()])
        return kept

    def matrix(self) -> NDArray[np.float32]:
        """Return all rows kept by now, (rows, d), memory-mapped and read-only."""
        with transaction(self._index, self._folder) as connection:
            rows = _rows(connection)
        self._check(rows)
        if rows * self.dimension == 0:
            return np.empty((rows, self.dimension), dtype=FLOAT)
        try:
            return np.memmap(self._vectors, dtype=FLOAT, mode="r", shape=(rows, self.dimension))
        except OSError as error:
            raise FeatureError(damaged(self._vectors, str(error.strerror), self._folder)) from None

    def verified(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return `matrix`, of which these rows are as they were written; raises FeatureError where one is not."""
        matrix, wanted = self.matrix(), np.unique(rows)
        wanted = wanted[wanted >= 0]
        with transaction(self._index, self._folder) as connection:
            digests = dict(connection.execute("SELECT row, digest FROM vectors"))
            known = self._checksums.known(connection)
        read = [(row, digests.get(row, b""), _bytes(matrix[row])) for row in wanted.tolist()]
        wrong, new = self._checksums.check(read, known)
        if wrong:
            reason = f"{len(wrong)} of its rows are not what was written, row {wrong[0]} the first"
            raise FeatureError(damaged(self._vectors, reason, self._folder))
        if new:
            with transaction(self._index, self._folder, write=True) as connection:
                self._checksums.keep(connection, new)
        return matrix

    def _write(self, rows: int, vectors: NDArray[np.float32]) -> None:
        """Write vectors after the first `rows`, over whatever a killed process left there."""
        try:
            with os.fdopen(os.open(self._vectors, os.O_RDWR | os.O_CREAT, 0o666), "r+b") as file:
                file.seek(rows * self.dimension * FLOAT.itemsize)
                file.write(np.ascontiguousarray(vectors, dtype=FLOAT).data)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise FeatureError(
                f"feature store: cannot write {self._vectors} ({error.strerror}); free the disk, or name"
                " another cache folder in FEDSER_CACHE"
            ) from None

    def _check(self, rows: int) -> None:
        """Raise FeatureError if vectors are missing that the index knows of."""
        size = self._vectors.stat().st_size if self._vectors.exists() else 0
        expected = rows * self.dimension * FLOAT.itemsize
        if size < expected:
            reason = f"{size} bytes, expected {expected} for {rows} vectors"
            raise FeatureError(damaged(self._vectors, reason, self._folder))


def _bytes(vector: NDArray[np.float32]) -> memoryview:
    return np.ascontiguousarray(vector, dtype=FLOAT).data.cast("B")


def _rows(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT COALESCE(MAX(row) + 1, 0) FROM vectors").fetchone()[0])


def _find(connection: sqlite3.Connection, digests: Sequence[bytes]) -> dict[bytes, Stored]:
    marks = ",".join("?" * len(digests))
    query = f"SELECT digest, row, seconds FROM vectors WHERE digest IN ({marks})"
    return {digest: Stored(row, seconds) for digest, row, seconds in connection.execute(query, list(digests))}


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FeatureError(
            f"feature store: cannot make the folder {folder} ({error.strerror}); name another cache folder in"
            " FEDSER_CACHE"
        ) from None


def _describe(file: Path, description: Mapping[str, Any]) -> None:
    """Write the settings beside the vectors."""
    if file.exists():
        return
    try:
        with draft_of(file) as draft:
            draft.write_text(json.dumps(description, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    except OSError as error:
        raise FeatureError(
            f"feature store: cannot write {file} ({error.strerror}); name another cache folder in FEDSER_CACHE"
        ) from None
