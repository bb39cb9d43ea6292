"""From the tables of a database to rows: which columns are read, and how splits and scales are found."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import Field as Option

from fedser.config import Section
from fedser.corpora import omission
from fedser.corpora.audformat_database.fields import Database, Field, find_field
from fedser.corpora.audformat_database.files import HEADER, read_database
from fedser.corpora.corpus import GENDERS
from fedser.corpora.loader import CorpusLoader, Parsed
from fedser.corpora.scale import rescale
from fedser.errors import CorpusError
from fedser.vocabulary import SPLITS, TARGETS

_USUAL = {
    "activation": ("activation", "arousal"),
    "valence": ("valence",),
    "speaker": ("speaker", "speaker_id"),
    "gender": ("gender", "sex"),
    "transcript": ("transcription", "transcript", "text"),
    "split": ("split", "subset", "partition"),
}

_SPLITS = {
    "train": ("train", "training"),
    "validation": ("validation", "val", "dev", "devel", "development"),
    "test": ("test", "testing"),
}


class AudformatColumns(Section):
    """Names as "column" or "table.column"; also of fields in a scheme's labels. None: the usual names."""

    activation: str | None = None
    """Where activation is found."""
    valence: str | None = None
    """Where valence is found."""
    speaker: str | None = None
    """Where speakers are found."""
    gender: str | None = None
    """Where their gender is found."""
    transcript: str | None = None
    """Where transcripts are found."""
    split: str | None = None
    """Where splits are found."""


class Audformat(CorpusLoader):
    """An audformat database.

    Splits are taken from the tables that hold the labels (their split, or the last part of their name), or else
    from a column; a database without either is split by speakers.
    """

    name = "audformat"

    columns: AudformatColumns = AudformatColumns()
    """Where what is found."""
    splits: dict[str, Literal["train", "validation", "test", ""]] = Option({})
    """What names of splits stand for, such as { "test-1" = "test", "test-2" = "" }, "" for none, beside train,
    dev, test and the like. Files in no split are left out if others are in one."""

    def parse(self, root: Path) -> Parsed:
        """Return the files of a database that have an activation or a valence."""
        database = read_database(root)
        fields = {key: find_field(database, key, getattr(self.columns, key), _USUAL[key]) for key in _USUAL}
        activation, valence = (_needed(fields, target) for target in TARGETS)
        rows = pd.DataFrame(
            {"activation": _numbers(activation, "activation"), "valence": _numbers(valence, "valence")}
        )
        rows, label_range, notes = _on_one_scale(rows, activation.scheme, valence.scheme)
        for key in ("speaker", "gender", "transcript"):
            field = fields[key]
            rows[key] = field.values.reindex(rows.index).fillna("").astype(str) if field else ""
        rows["gender"] = rows["gender"].where(rows["gender"].isin(GENDERS), "")
        names, split_notes = _split_names(database, (*activation.tables, *valence.tables), fields["split"], self)
        if names is not None:
            rows["split"] = names.reindex(rows.index).fillna("")
            rows["reason"] = rows["split"].map(lambda split: "" if split else omission.OTHER_PARTITION)
        rows = rows.rename_axis("utterance").reset_index()
        rows["path"] = [str(root / file) for file in rows["utterance"]]
        return Parsed(rows, label_range, (*notes, *split_notes), str(database.license or ""))

    @classmethod
    def lies_in(cls, root: Path) -> bool:
        """Return whether `root` is a database."""
        return (root / HEADER).is_file()


def _needed(fields: dict[str, Field | None], target: str) -> Field:
    field = fields[target]
    if field is None:
        names = " or ".join(f'"{name}"' for name in _USUAL[target])
        raise CorpusError(f'no column {names}; say which one it is with columns = {{ {target} = "table.column" }}')
    return field


def _numbers(field: Field, target: str) -> pd.Series:
    try:
        return pd.to_numeric(field.values).astype("float64")
    except (TypeError, ValueError):
        raise CorpusError(f"the {target} in the table {field.tables[0]} is not numeric") from None


def _on_one_scale(
    rows: pd.DataFrame, *schemes: Any
) -> tuple[pd.DataFrame, tuple[float, float] | None, tuple[str, ...]]:
    """Return the labels with the ends of their scale; on [-1, 1] if the two have scales of their own."""
    ends = [_ends(scheme) for scheme in schemes]
    known = [pair for pair in ends if pair is not None]
    if len(known) < len(ends):
        return rows, None, ("rating scale unknown: the database does not tell both its ends",)
    if known[0] == known[1]:
        return rows, known[0], ()
    scaled = {target: rescale(rows[target], *pair) for target, pair in zip(TARGETS, known, strict=True)}
    note = "activation and valence, rated on scales of their own, were put on one"
    return pd.DataFrame(scaled, index=rows.index), (-1.0, 1.0), (note,)


def _ends(scheme: Any) -> tuple[float, float] | None:
    low, high = getattr(scheme, "minimum", None), getattr(scheme, "maximum", None)
    return (float(low), float(high)) if low is not None and high is not None else None


def _split_names(
    database: Database, tables: Sequence[str], column: Field | None, options: Audformat
) -> tuple[pd.Series | None, tuple[str, ...]]:
    """Return the split of each file that is in one, None if the database has none."""
    names = {name: split for split, usual in _SPLITS.items() for name in usual} | options.splits
    if column is not None and options.columns.split:
        return _known(column.values.astype(str).map(names))
    split_of = {table: split for table in tables if (split := _split_of_table(database, table, names))}
    if split_of:
        parts = [pd.Series(split, index=database[table].files) for table, split in split_of.items()]
        merged = pd.concat(parts).rename_axis("file").reset_index().drop_duplicates()
        twice = merged[merged["file"].duplicated()]
        if len(twice):
            raise CorpusError(f"{twice['file'].iloc[0]} is in the tables of two splits")
        told = "; ".join(
            f"{split} from {table}" for split in SPLITS for table in split_of if split_of[table] == split
        )
        return merged.set_index("file")[0], (f"splits: {told}",)
    return _known(column.values.astype(str).map(names)) if column is not None else (None, ())


def _split_of_table(database: Database, table: str, names: dict[str, str]) -> str | None:
    """Return the split that a table's split id, that split's type, or the last part of its name stands for."""
    split_id = database[table].split_id
    kind = database.splits[split_id].type if split_id is not None else None
    return next((names[name] for name in (split_id, kind, table.rpartition(".")[2]) if name in names), None)


def _known(splits: pd.Series) -> tuple[pd.Series | None, tuple[str, ...]]:
    return (splits.fillna(""), ()) if splits.notna().any() else (None, ("splits of the database not understood",))
