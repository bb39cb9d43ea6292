"""A finished run as an object, for Python: its scores, tables, figures and models."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from fedser.errors import did_you_mean
from fedser.export import EmotionModel
from fedser.protocol import Arm
from fedser.report.figures.drawing import Drawing
from fedser.report.kinds import RunKind
from fedser.results import Table
from fedser.results.record import Record
from simulations.kinds import experiment_kind
from simulations.model_choice import ModelChoice


@dataclass(frozen=True, eq=False)
class Figures(Mapping[str, Figure]):
    """The figures of a run's report by name, each drawn anew when it is asked for."""

    drawings: Mapping[str, Drawing]

    def __getitem__(self, name: str) -> Figure:
        if name not in self.drawings:
            raise KeyError(f'no figure "{name}"{did_you_mean(name, self.drawings)}')
        return self.drawings[name].figure()

    def __iter__(self) -> Iterator[str]:
        return iter(self.drawings)

    def __len__(self) -> int:
        return len(self.drawings)

    def __repr__(self) -> str:
        return f"Figures({', '.join(self)})"


@dataclass(frozen=True, eq=False)
class Run:
    """A finished run of any kind: `fedser.run` and `fedser.load_run` return one.

    What can be read is read when it is first asked for, and kept.
    """

    folder: Path
    """Where everything of it lies: config.toml, run.json, scores.csv, report.html, …"""
    reader: RunKind
    found: Any
    """What was measured, as the reader of its kind gives it, such as `fedser.results.one_device.RunResults`."""

    @property
    def kind(self) -> str:
        """What run.json calls it: one-device, moving, attack or frontier."""
        return self.reader.name

    @property
    def record(self) -> Record:
        """run.json: versions, seeds, notes, options taken by default, timings."""
        record: Record = self.found.record
        return record

    @property
    def scores(self) -> pd.DataFrame:
        """What was measured, one row for each number; a copy, to be changed as you like.

        scores.csv of one device or of moving devices; the findings of an attack; the cells of a frontier.
        """
        return self.reader.scores(self.found).copy()

    @cached_property
    def tables(self) -> dict[str, Table]:
        """The tables of the report by their number, such as "2a"; `.frame` is one as a DataFrame of texts."""
        return {table.key: table for table in self.reader.tables(self.found)}

    @cached_property
    def figures(self) -> Figures:
        """The figures of the report by name, as figures of matplotlib."""
        return Figures(self.reader.drawings(self.found))

    def model(self, arm: str | Arm | None = None, seed: int = 0, device: int | None = None) -> EmotionModel:
        """Return a trained model: `.predict(waveforms, transcripts)` gives activation and valence, (n, 2).

        arm: as configurations write it, such as "gem" or "federated:exper-length@fedadam"; None for a run's only
            one. device: of a run of moving devices, a device's own model; None for the server's.
        Raises RunError, or ConfigError, where the run has no such model.
        """
        name = arm.name if isinstance(arm, Arm) else arm
        choice = ModelChoice(name, seed, device)
        return experiment_kind(self.kind).release(self.found, choice).model

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r}, {self.reader.title})"
