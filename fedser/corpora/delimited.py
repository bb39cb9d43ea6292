"""Tables in text files, cell by cell as they stand, with the line that each row came from."""

import csv
import difflib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pandas as pd

from fedser.errors import CorpusError

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

    Raises CorpusError for a file that is not such a table, naming the line where there is one.
    """
    rows, lines = [], []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(
                file,
                delimiter=delimiter,
                quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
                strict=True,
            )
            for row in reader:
                if any("\0" in cell for cell in row):
                    raise CorpusError(f"{path.name}, line {reader.line_num}: holds a null character")
                if any(cell.strip() for cell in row):
                    rows.append([cell.strip() for cell in row])
                    lines.append(reader.line_num)
    except UnicodeDecodeError:
        raise CorpusError(f"{path.name} is not text in UTF-8") from None
    except csv.Error as error:
        raise CorpusError(f"{path.name}, line {reader.line_num}: {error}") from None
    if len(rows) < 2:
        raise CorpusError(f"{path.name} holds no utterances; expected a header and a line for each")
    header, *rows = rows
    _check_shape(path.name, header, rows, lines[1:])
    return Delimited(path.name, pd.DataFrame(rows, columns=header, dtype=str), lines[1:])


def _check_shape(name: str, header: list[str], rows: list[list[str]], lines: list[int]) -> None:
    for column, count in Counter(header).items():
        if count > 1:
            raise CorpusError(f'{name}: {count} columns are named "{column}"')
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(header):
            raise CorpusError(f"{name}, line {line}: {len(row)} values, but the header has {len(header)} columns")
