"""What a file holds, in twenty bytes; remembered, so that a second run does not read the audio again."""

import hashlib
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fedser.features.database import transaction

SETTLED_S = 2.0
"""A file changed more recently than this is not remembered: a second change might keep its time and size."""

_GIVEN = {"abc", "builtins", "fedser", "pydantic", "typing"}
"""Packages whose classes are no part of what the author of an extension wrote."""


@dataclass(frozen=True)
class Stamp:
    """By what a change of a file shows."""

    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path) -> "Stamp":
        """Return the stamp of a file; raises OSError."""
        status = path.stat()
        return cls(status.st_size, status.st_mtime_ns)


@dataclass(frozen=True)
class AudioFile:
    """A file as it was when its digest was taken."""

    path: Path
    stamp: Stamp
    digest: bytes


def of_text(text: str) -> bytes:
    """Return the digest of a transcript."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=20).digest()


def of_file(path: Path) -> bytes:
    """Return the digest of a file's bytes; raises OSError."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, lambda: hashlib.blake2b(digest_size=20)).digest()


def of_code(kind: type) -> str:
    """Return a digest, in hexadecimal, of the files that define a class and those of its bases not fedser's own.

    "" if one of them stands in no file, as in a notebook.
    """
    digest = hashlib.blake2b(digest_size=20)
    for each in kind.__mro__:
        if each.__module__.partition(".")[0] not in _GIVEN:
            file = getattr(sys.modules.get(each.__module__), "__file__", None)
            if file is None:
                return ""
            digest.update(Path(file).read_bytes())
    return digest.hexdigest()


class FileDigests:
    """The digests of files, kept by path, size and time of change."""

    def __init__(self, file: Path) -> None:
        self._file = file
        with transaction(file, file, write=True) as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS files"
                " (path TEXT PRIMARY KEY, size INTEGER, mtime_ns INTEGER, digest BLOB) WITHOUT ROWID"
            )

    def identify(self, paths: Sequence[Path]) -> list[AudioFile | str]:
        """Return each file with its digest, or the reason why it cannot be read."""
        known = self._remembered(paths)
        found: list[AudioFile | str] = []
        fresh: list[AudioFile] = []
        for path in paths:
            try:
                stamp = Stamp.of(path)
                digest = known.get((str(path), stamp))
                file = AudioFile(path, stamp, digest or of_file(path))
            except FileNotFoundError:
                found.append("no such file")
                continue
            except OSError as error:
                found.append(f"cannot be read ({error.strerror or error})")
                continue
            found.append(file)
            if digest is None and time.time() - stamp.mtime_ns / 1e9 > SETTLED_S:
                fresh.append(file)
        self._remember(fresh)
        return found

    def _remembered(self, paths: Sequence[Path]) -> dict[tuple[str, Stamp], bytes]:
        with transaction(self._file, self._file) as connection:
            rows = connection.execute(
                f"SELECT path, size, mtime_ns, digest FROM files WHERE path IN ({','.join('?' * len(paths))})",
                [str(path) for path in paths],
            ).fetchall()
        return {(path, Stamp(size, mtime_ns)): digest for path, size, mtime_ns, digest in rows}

    def _remember(self, files: Sequence[AudioFile]) -> None:
        if files:
            with transaction(self._file, self._file, write=True) as connection:
                connection.executemany(
                    "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)",
                    [(str(file.path), file.stamp.size, file.stamp.mtime_ns, file.digest) for file in files],
                )
