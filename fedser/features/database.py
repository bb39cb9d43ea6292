"""One small SQLite file: a transaction either happened or did not, whenever the process was killed."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from fedser.errors import FeatureError

PATIENCE_S = 120.0
"""How long to wait for another process that is writing; it holds the lock for one chunk only."""


@dataclass(frozen=True)
class Stored:
    """Where a result lies, and the seconds of audio it stands for (0 for text)."""

    row: int
    seconds: float


@contextmanager
def transaction(file: Path, remake: Path, *, write: bool = False) -> Iterator[sqlite3.Connection]:
    """Open `file` for one transaction; with `write`, no other process writes until it ends.

    An exception inside, or a kill, leaves the file as it was. Raises FeatureError if it cannot be used here, or
    if it is damaged: `remake` is what to delete then.
    """
    try:
        with closing(sqlite3.connect(file, timeout=PATIENCE_S, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            yield connection
            connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise FeatureError(
            f"feature store: cannot use {file} ({error}): expected a folder that can be written, on a disk with"
            " room; free it, or name another cache folder in FEDSER_CACHE"
        ) from None
    except sqlite3.DatabaseError as error:
        raise FeatureError(damaged(file, str(error), remake)) from None


def damaged(file: Path, reason: str, remake: Path) -> str:
    """Return the line that says what is damaged and what to do."""
    return f"feature store: {file} is damaged ({reason}): delete {remake} and extract again"
