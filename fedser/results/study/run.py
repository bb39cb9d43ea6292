"""A finished study or comparison, read."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedser.errors import RunError
from fedser.results import files
from fedser.results.outcomes import ALL
from fedser.results.record import Record, read_config, read_finished
from fedser.results.study.schema import study_schema
from fedser.results.untouched import check_untouched

STUDY = "study"
"""What run.json calls it."""


@dataclass(frozen=True)
class Axis:
    """What is varied, and the values in order; `numbers` where they are all numbers."""

    name: str
    labels: tuple[str, ...]
    numbers: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Measured:
    """One thing that is measured: of an environment or "all", a target ("" for none), by a measure."""

    environment: str
    target: str
    measure: str


@dataclass(frozen=True, eq=False)
class StudyRun:
    """What the cells of a study measured, or the runs of a comparison."""

    folder: Path
    record: Record
    config: str
    """config.toml as text."""
    outcomes: pd.DataFrame
    """study.csv."""
    spent: pd.DataFrame
    """spent.csv."""
    axes: tuple[Axis, ...]
    shown: tuple[str, ...]
    """The measures to look at first."""

    @property
    def cells(self) -> list[str]:
        """Return what the cells are called, in order."""
        return list(dict.fromkeys(self.spent["cell"]))

    @property
    def arms(self) -> list[str]:
        """Return the arms of all cells, in order."""
        return list(dict.fromkeys(self.spent["arm"]))

    @property
    def environments(self) -> list[str]:
        """Return the environments of all cells, in order, without "all"."""
        return [name for name in dict.fromkeys(self.outcomes["environment"]) if name != ALL]

    @property
    def seeds(self) -> int:
        """Return how many seeds there are in all cells together."""
        return int(self.outcomes["seed"].nunique())

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what a reader must know before the numbers."""
        return tuple(map(str, self.record.get("warnings", [])))

    def levels(self, cell: str) -> dict[str, str]:
        """Return the value of each axis in a cell."""
        first = self.spent[self.spent["cell"] == cell].iloc[0]
        return {axis.name: str(first[axis.name]) for axis in self.axes}

    def values(self, cell: str, arm: str, key: Measured) -> "pd.Series[float]":
        """Return one value for each seed that has one, by seed."""
        return self._by_key.get((cell, arm, key.environment, key.target, key.measure), _NONE)

    def level_values(self, axis: Axis, label: str, arm: str, key: Measured) -> "pd.Series[float]":
        """Return one value for each seed: the mean over the cells that share a value of an axis."""
        cells = [cell for cell in self.cells if self.levels(cell)[axis.name] == label]
        found = [values for cell in cells if len(values := self.values(cell, arm, key))]
        return pd.concat(found, axis=1).mean(axis=1, skipna=False).dropna() if found else _NONE

    def keys(self, measures: Sequence[str], environments: Sequence[str] = (ALL,)) -> list[Measured]:
        """Return what is measured, of some measures and environments, in the order of the file."""
        rows = self.outcomes[["environment", "target", "measure"]].drop_duplicates()
        found = {Measured(*map(str, row)) for row in rows.itertuples(index=False)}
        targets = list(dict.fromkeys(self.outcomes["target"]))
        wanted = [Measured(e, t, m) for m in measures for t in targets for e in environments]
        return [key for key in wanted if key in found]

    @cached_property
    def _by_key(self) -> "dict[tuple[str, ...], pd.Series[float]]":
        columns = ["cell", "arm", "environment", "target", "measure"]
        groups = self.outcomes.groupby(columns, sort=False)
        return {tuple(map(str, key)): rows.set_index("seed")["value"] for key, rows in groups}


_NONE: "pd.Series[float]" = pd.Series(np.zeros(0))


def paired(one: "pd.Series[float]", other: "pd.Series[float]") -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the values of the seeds that both have, (n,) and (n,)."""
    both = one.index.intersection(other.index)
    return np.asarray(one.loc[both], dtype=np.float64), np.asarray(other.loc[both], dtype=np.float64)


def read_study_run(folder: Path) -> StudyRun:
    """Return the study or comparison in a folder; raises RunError, in one line, if it is not a finished one."""
    record = read_finished(folder, STUDY)
    try:
        axes = tuple(
            Axis(str(a["name"]), tuple(map(str, a["labels"])), tuple(a["numbers"]) if a["numbers"] else None)
            for a in record["axes"]
        )
        shown = tuple(map(str, record["shown"]))
    except (KeyError, TypeError, IndexError):
        raise RunError(
            f'{folder / "run.json"}: "axes" and "shown" must say what was varied; run it again'
        ) from None
    schema = study_schema([axis.name for axis in axes])
    run = StudyRun(
        folder,
        record,
        read_config(folder),
        files.read(folder, "study.csv", schema),
        files.read(folder, "spent.csv", schema),
        axes,
        shown,
    )
    if run.outcomes.empty or run.spent.empty:
        raise RunError(f"{folder / 'study.csv'}: no rows; run the study again")
    check_untouched(folder, record)
    return run
