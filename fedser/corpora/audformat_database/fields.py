"""What an audformat database says of each file, wherever in its tables and schemes it says so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fedser.errors import CorpusError
from fedser.vocabulary import TARGETS

Database = Any
"""`audformat.Database`: the package is imported only where a database is read."""


@dataclass(frozen=True, eq=False)
class Field:
    """A value for each of some files.

    values: by file, none missing.
    tables: the tables that they are from.
    scheme: `audformat.Scheme` of the first of their columns, None for none.
    """

    values: pd.Series
    tables: tuple[str, ...]
    scheme: Any


@dataclass(frozen=True, eq=False)
class _Column:
    table: str
    name: str
    column: Any

    @property
    def scheme(self) -> Any:
        return self.column.scheme

    def values(self, mapped_to: str | None) -> pd.Series | None:
        """Return the values by file, None if they are of segments of files."""
        values: pd.Series = self.column.get(map=mapped_to)
        index = values.index
        if index.nlevels > 1:
            whole = (index.get_level_values("start") == pd.Timedelta(0)) & index.get_level_values("end").isna()
            if not whole.all():
                return None
            values = values.droplevel(["start", "end"])
        return values.dropna()


def find_field(database: Database, key: str, asked: str | None, usual: Sequence[str]) -> Field | None:
    """Return the field `asked` for, as column or table.column; or else the first of the usual names there is.

    A name is that of a column, or of a field in the labels of a column's scheme, such as the gender of the
    speakers. Returns None if no usual name is there for whole files. Raises CorpusError if two tables disagree
    on a file, or if a label, or what was asked for, is not there or for segments of files only.
    """
    columns = list(_columns(database))
    segmented = ""
    for name in (asked,) if asked else usual:
        found = [
            (each, _translation(each)) for each in columns if name in (each.name, f"{each.table}.{each.name}")
        ]
        found = found or [(each, name) for each in columns if name in _scheme_fields(database, each)]
        whole = [(column, values) for column, to in found if (values := column.values(to)) is not None]
        if whole:
            return _merged(key, whole)
        segmented = segmented or (found[0][0].table if found else "")
    if segmented and (asked or key in TARGETS):
        raise CorpusError(
            f"the {key} is given for segments of files, in {segmented}; fedser takes whole files:"
            " cut the audio at the segments first"
        )
    if asked:
        there = ", ".join(f"{each.table}.{each.name}" for each in columns)
        raise CorpusError(f'columns: {key} = "{asked}" is in no table; there are: {there}')
    return None


def _columns(database: Database) -> Iterator[_Column]:
    for table in database.tables:
        for name, column in database[table].columns.items():
            yield _Column(table, name, column)


def _translation(column: _Column) -> str | None:
    """Return what a column's codes are mapped to: the text that its scheme has for each, if it has."""
    labels = _labels(column)
    texts = list(labels.values()) if isinstance(labels, dict) else []
    return column.name if any(texts) and not any(isinstance(text, dict) for text in texts) else None


def _labels(column: _Column) -> Any:
    return column.scheme.labels if column.scheme is not None else None


def _scheme_fields(database: Database, column: _Column) -> set[str]:
    """Return the names of what a column's scheme says of each of its labels."""
    labels = _labels(column)
    if isinstance(labels, str):
        return set(database[labels].columns)
    if isinstance(labels, dict):
        return {name for label in labels.values() if isinstance(label, dict) for name in label}
    return set()


def _merged(key: str, parts: Sequence[tuple[_Column, pd.Series]]) -> Field:
    """Return the values of several columns as one."""
    values = pd.concat([values.astype(object) for _, values in parts])
    origin = pd.Series([column.table for column, values in parts for _ in range(len(values))], index=values.index)
    pairs = pd.DataFrame({"file": values.index, "value": values.to_numpy(), "table": origin.to_numpy()})
    differing = pairs.drop_duplicates(["file", "value"])
    twice = differing[differing["file"].duplicated(keep=False)].sort_values("file", kind="stable")
    if len(twice):
        one, other = twice.iloc[0], twice.iloc[1]
        raise CorpusError(
            f'{one["file"]} has the {key} "{one["value"]}" in the table {one["table"]}, "{other["value"]}" in'
            f' {other["table"]}; say which with columns = {{ {key} = "table.column" }}'
        )
    tables = tuple(dict.fromkeys(column.table for column, _ in parts))
    return Field(differing.set_index("file")["value"], tables, parts[0][0].scheme)
