"""What a stored result must be: a checksum of its bytes, of the content it was made of, and of its shelf."""

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Row = tuple[int, bytes, bytes | memoryview]
"""(its number, the digest of the content it was made of, the bytes of the result)."""


@dataclass(frozen=True)
class Checksums:
    """A table of its own in a shelf's index, so that versions that know nothing of it go on with the shelf."""

    shelf: str
    """The shelf's name: a row of another encoder, or of other settings, is another row."""

    def make_table(self, connection: sqlite3.Connection) -> None:
        """Make the table if there is none."""
        connection.execute("CREATE TABLE IF NOT EXISTS checksums (row INTEGER PRIMARY KEY, checksum BLOB)")

    def keep(self, connection: sqlite3.Connection, rows: Iterable[Row]) -> None:
        """Keep the checksums of some rows."""
        connection.executemany(
            "INSERT OR REPLACE INTO checksums VALUES (?, ?)", [(row[0], self._of(row)) for row in rows]
        )

    def known(self, connection: sqlite3.Connection) -> dict[int, bytes]:
        """Return the checksums that are kept, by row."""
        return dict(connection.execute("SELECT row, checksum FROM checksums"))

    def check(self, rows: Sequence[Row], known: Mapping[int, bytes]) -> tuple[list[int], list[Row]]:
        """Return the numbers of the rows that are not what was written, and the rows of which nobody knows it."""
        wrong = [row[0] for row in rows if row[0] in known and known[row[0]] != self._of(row)]
        return wrong, [row for row in rows if row[0] not in known]

    def _of(self, row: Row) -> bytes:
        _, digest, content = row
        found = hashlib.sha256(self.shelf.encode() + b"\0" + digest)
        found.update(content)
        return found.digest()[:8]
