"""Anybody's corpus as a CSV manifest, one utterance a line.

The header names the columns: path (absolute, or relative to the manifest), speaker, activation, valence; and
where wanted utterance, gender, transcript, split, duration_s. Any other column is kept as text. An empty cell
is an unknown value: an utterance with an empty label is left out and counted.
"""

import difflib
import math
import re
from pathlib import Path
from typing import Self

import pandas as pd
from pydantic import field_validator, model_validator

from fedser.corpora.delimited import Delimited, read_delimited
from fedser.corpora.loader import CorpusLoader, Parsed
from fedser.corpora.splits import check_splits
from fedser.errors import CorpusError, did_you_mean
from fedser.file_names import existing
from fedser.vocabulary import SPLITS, TARGETS

NEEDED = ("path", "speaker", *TARGETS)
OPTIONAL = ("utterance", "gender", "transcript", "split", "duration_s")

_RESERVED = ("corpus", "reason")
"""Columns that fedser fills."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)

_GENDERS = {
    "": "",
    "unknown": "",
    "other": "",
    "f": "female",
    "female": "female",
    "m": "male",
    "male": "male",
}


class Manifest(CorpusLoader):
    """A corpus of one's own: a CSV table with a row for each utterance."""

    name = "manifest"

    label_range: tuple[float, float] | None = None
    """The ends of the rating scale, such as [1, 7]; labels outside are left out. It is what scaling =
    "theoretical" scales by; the default, "empirical", goes by the labels themselves."""

    @field_validator("label_range", mode="before")
    @classmethod
    def _two_ends(cls, ends: object) -> object:
        if ends is None:
            return None
        # A list, because that is what TOML has.
        match ends:
            case [int() | float() as low, int() | float() as high] if -math.inf < low < high < math.inf:
                return float(low), float(high)
        raise ValueError(f"must be two numbers, from less to more, such as [1, 7]; got {ends}")

    @model_validator(mode="after")
    def _range_for_theory(self) -> Self:
        if self.scaling == "theoretical" and not self.label_range:
            raise ValueError('scaling = "theoretical" needs label_range, such as label_range = [1, 7]')
        return self

    def parse(self, root: Path) -> Parsed:
        """Return the utterances of the manifest `root`; raises CorpusError naming the line of any mistake."""
        path = root / "manifest.csv" if root.is_dir() else root
        if not path.is_file():
            raise CorpusError("no such file; expected a CSV file with the columns " + ", ".join(NEEDED))
        table = read_delimited(path)
        _check_columns(table)
        rows = _rows(table, path.absolute().parent)
        if "split" in rows:
            check_splits(rows, self.speaker_overlap)
        return Parsed(rows, self.label_range, _notes(self))

    @classmethod
    def lies_in(cls, root: Path) -> bool:
        """Return whether `root` is a CSV file, or a folder with a manifest.csv."""
        return root.suffix.lower() == ".csv" if root.is_file() else (root / "manifest.csv").is_file()


def _notes(options: Manifest) -> tuple[str, ...]:
    if options.label_range is None or options.scaling == "theoretical":
        return ()
    return (f'labels scaled by their own range (scaling = "{options.scaling}"), not by label_range',)


def _check_columns(table: Delimited) -> None:
    """Raise CorpusError for a missing, reserved, or probably misspelt column."""
    table.need(NEEDED)
    for column in table.columns:
        if column in _RESERVED:
            raise CorpusError(f'the column "{column}" is one that fedser fills; rename it')
        absent = [name for name in OPTIONAL if name not in table.columns]
        close = difflib.get_close_matches(column.lower(), absent, n=1, cutoff=0.8)
        if column not in (*NEEDED, *OPTIONAL) and close:
            raise CorpusError(f'unknown column "{column}"; did you mean "{close[0]}"? If not, rename it')


def _rows(table: Delimited, folder: Path) -> pd.DataFrame:
    """Return the rows with paths joined to the manifest's folder, ids, and numbers as such."""
    rows = table.cells.copy()
    table.converted("path", _something)
    if "utterance" not in rows:
        rows["utterance"] = rows["path"]
    else:
        table.converted("utterance", _something)
    table.refuse_twins(rows["utterance"].tolist())
    rows["path"] = [str(existing(folder / path)) for path in rows["path"]]
    for target in TARGETS:
        rows[target] = table.converted(target, _number)
    if "duration_s" in rows:
        rows["duration_s"] = table.converted("duration_s", _positive)
    if "gender" in rows:
        rows["gender"] = table.converted("gender", _gender)
        _one_gender_each(rows)
    if "split" in rows and (rows["split"] != "").any():
        rows["split"] = table.converted("split", _split)
    elif "split" in rows:
        rows = rows.drop(columns="split")
    return rows


def _something(cell: str) -> str:
    if not cell:
        raise ValueError("is empty")
    return cell


def _number(cell: str) -> float:
    if not cell:
        return math.nan
    if not _NUMBER.fullmatch(cell) or math.isinf(float(cell)):
        raise ValueError("is not a number; leave the cell empty if there is no label")
    return float(cell)


def _positive(cell: str) -> float:
    if cell and not (_NUMBER.fullmatch(cell) and 0 < float(cell) < math.inf):
        raise ValueError("is not a number of seconds above 0; leave the cell empty if it is not known")
    return float(cell) if cell else math.nan


def _gender(cell: str) -> str:
    if cell.lower() not in _GENDERS:
        raise ValueError('is not known; expected female or male, or "" for unknown')
    return _GENDERS[cell.lower()]


def _split(cell: str) -> str:
    if not cell:
        raise ValueError("is empty, but other lines have a split")
    if cell not in SPLITS:
        raise ValueError(f"is not a split{did_you_mean(cell, SPLITS)}")
    return cell


def _one_gender_each(rows: pd.DataFrame) -> None:
    known = rows[(rows["speaker"] != "") & (rows["gender"] != "")]
    both = known.groupby("speaker")["gender"].nunique()
    if (both > 1).any():
        raise CorpusError(f'speaker "{both.idxmax()}" is female on one line and male on another')
