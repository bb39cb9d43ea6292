"""What a file holds, in twenty bytes; remembered, so that a second run does not read the audio again."""

import hashlib
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fedser.audio import UnreadableAudioError, check_openable
from fedser.features.database import transaction

SETTLED_S = 2.0
"""A file changed more recently than this is not remembered: a second change might fall on the same tick."""

CHANGES_ARE_STAMPED = os.name != "nt"
"""Whether the system says when a file was last changed in any way; Windows says when it was made instead."""

_GIVEN = {"abc", "builtins", "fedser", "pydantic", "typing"}
"""Packages whose classes are no part of what the author of an extension wrote."""


@dataclass(frozen=True)
class Stamp:
    """By what a change of a file shows.

    Size and time of modification will not do: unzip, rsync -t and cp -p set the time to that of the original. The
    time of the last change of status (`ctime`) cannot be set, and another file has another number on its device.
    """

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int

    @classmethod
    def of(cls, path: Path) -> "Stamp":
        """Return the stamp of a file; raises OSError."""
        status = path.stat()
        return cls(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev)

    @property
    def settled(self) -> bool:
        """Whether any change from now on would show."""
        changed_s = max(self.mtime_ns, self.ctime_ns) / 1e9
        return CHANGES_ARE_STAMPED and time.time() - changed_s > SETTLED_S

    def row(self) -> tuple[int, int, int, int, int]:
        """Return it as numbers that SQLite can hold: of 64 bits, with a sign."""
        return self.size, self.mtime_ns, self.ctime_ns, _signed(self.inode), _signed(self.device)


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


def _signed(number: int) -> int:
    return (number + (1 << 63)) % (1 << 64) - (1 << 63)


class FileDigests:
    """The digests of files, kept by path for as long as nothing about the file has changed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        with transaction(file, file, write=True) as connection:
            connection.execute("DROP TABLE IF EXISTS files")  # earlier versions went by size and mtime alone
            connection.execute(
                "CREATE TABLE IF NOT EXISTS contents (path BLOB PRIMARY KEY, size INTEGER, mtime_ns INTEGER,"
                " ctime_ns INTEGER, inode INTEGER, device INTEGER, digest BLOB) WITHOUT ROWID"
            )

    def identify(self, paths: Sequence[Path]) -> list[AudioFile | str]:
        """Return each file with its digest, or the reason why it cannot be read."""
        known = self._remembered(paths)
        found: list[AudioFile | str] = []
        fresh: list[AudioFile] = []
        for path in paths:
            try:
                check_openable(path)
                stamp = Stamp.of(path)
                digest = known.get((os.fsencode(path), stamp.row()))
                file = AudioFile(path, stamp, digest or of_file(path))
            except UnreadableAudioError as error:
                found.append(error.reason)
                continue
            except OSError as error:
                found.append(f"cannot be read ({error.strerror or error})")
                continue
            found.append(file)
            if digest is None and stamp.settled:
                fresh.append(file)
        self._remember(fresh)
        return found

    def _remembered(self, paths: Sequence[Path]) -> dict[tuple[bytes, tuple[int, ...]], bytes]:
        # By bytes: a name need not be text.
        names = [os.fsencode(path) for path in paths]
        with transaction(self._file, self._file) as connection:
            rows = connection.execute(
                "SELECT path, size, mtime_ns, ctime_ns, inode, device, digest FROM contents"
                f" WHERE path IN ({','.join('?' * len(names))})",
                names,
            ).fetchall()
        return {(path, tuple(stamp)): digest for path, *stamp, digest in rows}

    def _remember(self, files: Sequence[AudioFile]) -> None:
        if files:
            with transaction(self._file, self._file, write=True) as connection:
                connection.executemany(
                    "INSERT OR REPLACE INTO contents VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [(os.fsencode(file.path), *file.stamp.row(), file.digest) for file in files],
                )
