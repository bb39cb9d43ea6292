"""The CSV files of a run folder, read and written without loss; each kind of run has a schema of its own.

Text stays text (an environment may be called "1" or "NA", and one called "=1+1" is no formula: `sheet_cells`),
numbers survive to the last bit, and the bytes depend on the rows alone.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from fedser import whole_files
from fedser.errors import RunError
from fedser.results.cells import SPARSE, Kind
from fedser.results.sheet_cells import guarded, unguarded

Schema = Mapping[str, Mapping[str, Kind]]
"""The columns of each file in order, and how a cell is read."""

CsvRow = dict[str, Any]
"""A row to be written: its cells by column."""


def write(folder: Path, name: str, frame: pd.DataFrame, schema: Schema) -> Path:
    """Write the rows of `frame`, in their order, as the file `name`; raises ValueError if they do not fit it."""
    columns = dict(schema[name])
    for column in [column for column, kind in columns.items() if kind is SPARSE]:
        if column not in frame or not (frame[column] != "").any():
            del columns[column]
    absent = [column for column in columns if column not in frame]
    if absent:
        raise ValueError(f"{name} needs the columns {', '.join(absent)}")
    words = [column for column, kind in columns.items() if kind.dtype == "str"]
    cells = frame[list(columns)].assign(**{column: frame[column].map(_guarded) for column in words})
    text = cells.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    for column, kind in columns.items():
        fits = kind.fits(cells[column])
        if not fits.all():
            raise ValueError(f"{name}: {column} is {cells[column][~fits].iloc[0]}, expected {kind.expected}")
    return whole_files.write_text(folder / name, text)


def read(folder: Path, name: str, schema: Schema) -> pd.DataFrame:
    """Return a file of a run folder; raises RunError, naming column and line, if it is missing or broken."""
    path = folder / name
    columns = schema[name]
    try:
        raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    except FileNotFoundError:
        raise RunError(f"{path}: no such file; a finished run folder has one, run the experiment again") from None
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise RunError(f"{path}: not a readable CSV file ({_first_line(error)})") from None
    for column, kind in columns.items():
        if kind is SPARSE and column not in raw:
            raw[column] = ""
    absent = [column for column in columns if column not in raw]
    if absent:
        raise RunError(f"{path}: no column {', '.join(absent)}; expected {', '.join(columns)}")
    return pd.DataFrame({column: _read_column(raw[column], kind, path) for column, kind in columns.items()})


def one_of(frame: pd.DataFrame, column: str, allowed: Sequence[object], path: Path) -> None:
    """Raise RunError at the first cell of a column that is not one of the allowed values."""
    strangers = set(frame[column].unique()) - set(allowed)
    for line, cell in enumerate(frame[column] if strangers else (), start=2):
        if cell in strangers:
            expected = ", ".join(str(value) for value in allowed)
            raise RunError(f'{path}: line {line}: {column} is "{cell}", expected one of {expected}')


def _read_column(cells: "pd.Series[str]", kind: Kind, path: Path) -> "pd.Series[Any]":
    if kind.dtype == "str":
        return cells.map(unguarded)
    try:
        return pd.Series(kind.read_all(cells.tolist()), dtype=kind.dtype)
    except ValueError:
        pass  # one of them may not stand there: which one?
    values = []
    for line, cell in enumerate(cells.tolist(), start=2):
        try:
            values.append(kind.read(cell))
        except ValueError:
            raise RunError(f'{path}: line {line}: {cells.name} is "{cell}", expected {kind.expected}') from None
    return pd.Series(values, dtype=kind.dtype)


def _guarded(value: object) -> object:
    return guarded(value) if isinstance(value, str) else value


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
