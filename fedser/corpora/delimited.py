"""Tables in text files, cell by cell as they stand, with the line that each row came from."""

import csv
import difflib
import io
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pandas as pd

from fedser.errors import CorpusError
from fedser.file_names import existing
from fedser.spelling import NotUtf8Error, decoded

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}

_Cell = TypeVar("_Cell")


@dataclass(frozen=True, eq=False)
class Delimited:
    """A table of text.

    name: of the file.
    cells: one row a line, all columns str with blanks around stripped.
    lines: the line of the file, from 1, on which each row ends.
    """

    name: str
    cells: pd.DataFrame
    lines: list[int]

    @property
    def columns(self) -> list[str]:
        """The names in the header."""
        return [str(column) for column in self.cells.columns]

    def need(self, columns: Sequence[str]) -> None:
        """Raise CorpusError, with a suggestion, if a column is missing."""
        for column in columns:
            if column not in self.columns:
                others = [name for name in self.columns if name not in columns]
                close = difflib.get_close_matches(column, others, n=1)
                hint = f'is it "{close[0]}"? Rename it' if close else f"there are: {', '.join(self.columns)}"
                raise CorpusError(f'{self.name}: the column "{column}" is missing; {hint}')

    def converted(self, column: str, convert: Callable[[str], _Cell]) -> list[_Cell]:
        """Return a column converted; `convert` raises ValueError with what was expected of the cell."""
        values = []
        for cell, line in zip(self.cells[column], self.lines, strict=True):
            try:
                values.append(convert(cell))
            except ValueError as error:
                raise CorpusError(f'{self.name}, line {line}: {column} "{cell:.40}" {error}') from None
        return values

    def refuse_twins(self, utterances: Sequence[str]) -> None:
        """Raise CorpusError if two rows are of one of the utterances, given in the order of the rows."""
        seen: dict[str, int] = {}
        for utterance, line in zip(utterances, self.lines, strict=True):
            if utterance in seen:
                raise CorpusError(
                    f'{self.name}, lines {seen[utterance]} and {line}: two utterances with the id "{utterance}"'
                )
            seen[utterance] = line


def read_delimited(path: Path, delimiter: str = ",", quoted: bool = True) -> Delimited:
    """Return a UTF-8 table (a byte order mark is skipped, so are blank lines); its first line is the header.

    Cells are in normal form C, lines end in any way. Raises CorpusError for a file that is not such a table,
    naming the line where there is one, and the delimiter where it is another.
    """
    try:
        text = decoded(existing(path).read_bytes())
    except NotUtf8Error as error:
        raise CorpusError(f"{path.name} {error}") from None
    rows, lines = _split(path.name, text, delimiter, quoted)
    if rows:
        _refuse_other_delimiter(path.name, rows[0], delimiter)
    if len(rows) < 2:
        raise CorpusError(f"{path.name} holds no utterances; expected a header and a line for each")
    header, *rows = rows
    _check_shape(path.name, header, rows, lines[1:])
    return Delimited(path.name, pd.DataFrame(rows, columns=header, dtype=str), lines[1:])


def _split(name: str, text: str, delimiter: str, quoted: bool) -> tuple[list[list[str]], list[int]]:
    """Return the rows that are not blank, and the line on which each ends."""
    rows, lines = [], []
    file = io.StringIO(text, newline="")
    reader = csv.reader(
        file, delimiter=delimiter, strict=True, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    )
    try:
        for row in reader:
            if any("\0" in cell for cell in row):
                raise CorpusError(f"{name}, line {reader.line_num}: holds a null character")
            if any(cell.strip() for cell in row):
                rows.append([cell.strip() for cell in row])
                lines.append(reader.line_num)
    except csv.Error as error:
        raise CorpusError(f"{name}, line {reader.line_num}: {error}") from None
    return rows, lines


def _refuse_other_delimiter(name: str, header: list[str], delimiter: str) -> None:
    """Raise CorpusError where what stands between the columns is something else, as in much of Europe."""
    if len(header) > 1:
        return
    for other, called in _DELIMITERS.items():
        if other != delimiter and other in header[0].removeprefix("sep="):
            raise CorpusError(f"{name}: columns are separated by {called}; save it with {_DELIMITERS[delimiter]}")
    if header[0].startswith("sep="):
        raise CorpusError(f'{name}: the first line is "{header[0]}", not the names of the columns; remove it')


def _check_shape(name: str, header: list[str], rows: list[list[str]], lines: list[int]) -> None:
    for column, count in Counter(header).items():
        if count > 1:
            raise CorpusError(f'{name}: {count} columns are named "{column}"')
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(header):
            raise CorpusError(f"{name}, line {line}: {len(row)} values, but the header has {len(header)} columns")
