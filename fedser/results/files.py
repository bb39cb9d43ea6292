"""The CSV files of a run folder: their columns, and reading and writing them without loss.

Text stays text (an environment may be called "1" or "NA"), numbers survive to the last bit, and the bytes
depend on the rows alone.
"""

import csv
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from fedser import whole_files
from fedser.errors import RunError

Kind = Callable[[str], object]


def finite(text: str) -> float:
    """Return a number that is neither NaN nor infinite."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def optional(text: str) -> float:
    """Return a number, NaN where the cell is empty."""
    return math.nan if text == "" else finite(text)


def sparse(text: str) -> str:
    """Return a word; a column of words that are all empty is left out of the file."""
    return text


_EXPECTED: dict[Kind, str] = {int: "a whole number", finite: "a number", optional: "a number or nothing"}

Schema = Mapping[str, Mapping[str, Kind]]

_ARM: dict[str, Kind] = {"seed": int, "method": str, "memory": str, "stage": str}

SCHEMA: dict[str, dict[str, Kind]] = {
    "scores.csv": _ARM | {"environment": str, "split": str, "target": str, "metric": str, "value": finite},
    "costs.csv": _ARM
    | {
        "epochs": int,
        "steps": int,
        "seconds": finite,
        "rows_per_step": finite,
        "memory_bytes": int,
        "trigger_rate": optional,
    },
    "curves.csv": _ARM | {"epoch": int, "train_loss": finite, "validation_loss": finite},
    "predictions.csv": _ARM
    | {"environment": str, "utterance": str}
    | dict.fromkeys(["activation", "valence", "predicted_activation", "predicted_valence"], finite),
    "utterances.csv": dict.fromkeys(["environment", "utterance", "corpus", "speaker", "gender", "split"], str)
    | dict.fromkeys(["duration_s", "activation", "valence"], finite),
    "dropped.csv": dict.fromkeys(["environment", "utterance", "split", "reason"], str),
}
"""The columns of each file in order, and how a cell is read."""


def write(folder: Path, name: str, frame: pd.DataFrame, schema: Schema = SCHEMA) -> Path:
    """Write the rows of `frame`, in their order, as the file `name`; raises ValueError if they do not fit it."""
    columns = dict(schema[name])
    for column in [column for column, kind in columns.items() if kind is sparse]:
        if column not in frame or not (frame[column] != "").any():
            del columns[column]
    absent = [column for column in columns if column not in frame]
    if absent:
        raise ValueError(f"{name} needs the columns {', '.join(absent)}")
    cells = frame[list(columns)]
    text = cells.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    for column, kind in columns.items():
        if kind is finite and not cells[column].map(math.isfinite).all():
            raise ValueError(f"{name}: {column} must be finite")
    return whole_files.write_text(folder / name, text)


def read(folder: Path, name: str, schema: Schema = SCHEMA) -> pd.DataFrame:
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
        if kind is sparse and column not in raw:
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
    if kind in (str, sparse):
        return cells
    values = []
    for line, cell in enumerate(cells.tolist(), start=2):
        try:
            values.append(kind(cell))
        except ValueError:
            raise RunError(f'{path}: line {line}: {cells.name} is "{cell}", expected {_EXPECTED[kind]}') from None
    return pd.Series(values, dtype="int64" if kind is int else "float64")


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
