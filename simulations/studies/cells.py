"""The cells of a study: what each sets, and the experiment that comes of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from fedser import plugins
from fedser.errors import ConfigError
from fedser.values import changed, read_values
from simulations import shipped
from simulations.kinds import ExperimentKind, kind_of_values
from simulations.run_folder import config_text
from simulations.studies.config import StudyConfig
from simulations.studies.keys import with_key

STUDIED = ("one-device", "moving")
"""The kinds of experiment that can be a base."""


@dataclass(frozen=True)
class StudyCell:
    """One experiment of a study."""

    number: int
    """From 1."""
    levels: tuple[str, ...]
    """The value of each axis, as it is called."""
    experiment: Any
    """A PaperConfig or a MovingConfig."""

    @property
    def name(self) -> str:
        """Return what tables call it."""
        return ", ".join(self.levels)

    @property
    def folder(self) -> str:
        """Return the name of its run folder."""
        plain = re.sub(r"[^\w.-]+", "-", "-".join(self.levels)).strip("-.")
        return f"{self.number:02d}-{plain[:60]}".rstrip("-.")


@dataclass(frozen=True)
class Plan:
    """The cells of a study, all of one kind."""

    kind: ExperimentKind
    base: Path
    cells: Sequence[StudyCell]

    @property
    def seeds(self) -> int:
        """Return how many runs of the protocol there are, over all cells."""
        return sum(cell.experiment.seeds for cell in self.cells)


def plan_of(config: StudyConfig, where: Path) -> Plan:
    """Return the cells, each read and checked as its command would; `where` is the study's file.

    Raises ConfigError, in one line, for a key that the base does not know, a value of the wrong type, a base of
    another kind, and cells that are the same experiment.
    """
    base = _base(config.base, where)
    plugins.look_in(base.parent, Path())
    values = read_values(base)
    for key, value in config.common.items():
        values = _with(values, key, value, f"{where} [common]")
    kind = kind_of_values(values)
    if kind.name not in STUDIED:
        raise ConfigError(
            f"{where}: base {config.base} is a configuration of {kind.command}; a study varies one of fedser "
            "paper or fedser simulate"
        )
    kind.config.read(values, f"{where} [common], base {config.base}" if config.common else str(base))
    cells = [
        _cell(config, kind, values, where, number, levels) for number, levels in enumerate(_levels(config), 1)
    ]
    _refuse_alike(cells, where)
    return Plan(kind, base, cells)


def _base(name: str, where: Path) -> Path:
    """Return the file of a base: beside the study's file, or what is shipped by its name."""
    beside = where.parent / name
    return beside if beside.is_file() else shipped.find(Path(name))


def _with(values: dict[str, Any], key: str, value: Any, where: str) -> dict[str, Any]:
    """Return values with a key set; a table is merged key by key."""
    if isinstance(value, dict) and "." not in key:
        return changed(values, {key: value})
    return with_key(values, key, value, where)


def _levels(config: StudyConfig) -> list[tuple[int, ...]]:
    """Return the place of each axis' value in every cell."""
    counts = [range(len(axis.values)) for axis in config.axes]
    return list(product(*counts)) if config.combine == "grid" else list(zip(*counts, strict=True))


def _cell(
    config: StudyConfig,
    kind: ExperimentKind,
    values: dict[str, Any],
    where: Path,
    number: int,
    places: tuple[int, ...],
) -> StudyCell:
    levels = tuple(axis.labels()[place] for axis, place in zip(config.axes, places, strict=True))
    named = ", ".join(f"{axis.name} = {level}" for axis, level in zip(config.axes, levels, strict=True))
    said = f"{where} [axes: {named}]"
    for axis, place in zip(config.axes, places, strict=True):
        for key, value in axis.changes()[place].items():
            values = with_key(values, key, value, said)
    experiment: Any = kind.config.read(values, said)
    experiment.check()
    return StudyCell(number, levels, experiment)


def _refuse_alike(cells: Sequence[StudyCell], where: Path) -> None:
    known: dict[str, StudyCell] = {}
    for cell in cells:
        text = config_text(cell.experiment)
        if text in known:
            raise ConfigError(
                f'{where}: the cells "{known[text].name}" and "{cell.name}" are the same experiment; leave out one'
            )
        known[text] = cell
