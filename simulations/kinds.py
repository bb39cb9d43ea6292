"""The kinds of experiment: how a configuration is known, run and heard, and how a model leaves a run.

What is made of a finished run, tables and pages, is `fedser.report.kinds`. A new kind is a class beside its
experiment, and a line here.
"""

import importlib
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from fedser import plugins
from fedser.config import Section
from fedser.errors import ConfigError
from fedser.export import Release
from fedser.report.kinds import kind_of_run
from fedser.values import Changes, changed, read_values
from simulations.hearing import EmbeddedCorpus
from simulations.model_choice import ModelChoice
from simulations.sources import RunContext

_KINDS = {
    "study": "simulations.studies.kind:StudyKind",
    "frontier": "simulations.privacy_studies.kinds:FrontierKind",
    "attack": "simulations.privacy_studies.kinds:AttackKind",
    "moving": "simulations.moving.kind:MovingKind",
    "one-device": "simulations.one_device.kind:OneDeviceKind",
}
"""By the name in run.json. The first that knows a configuration for its own has it; the last takes any."""


class ExperimentKind(ABC):
    """What commands do with configurations and runs of one kind."""

    name: ClassVar[str]
    """What run.json calls it."""
    command: ClassVar[str]
    """What runs it."""
    config: ClassVar[type[Section]]

    @abstractmethod
    def recognises(self, values: Mapping[str, Any]) -> bool:
        """Return whether a configuration, which may have mistakes, is meant to be of this kind."""

    @abstractmethod
    def run(self, config: Any, context: RunContext) -> Path:
        """Run or resume an experiment and return its report; a finished run is only reported again."""

    @abstractmethod
    def extract(self, config: Any, context: RunContext) -> Iterator[tuple[str, EmbeddedCorpus]]:
        """Yield all that the experiment hears, with a name, once its features are in the store."""

    @abstractmethod
    def release(self, run: Any, choice: ModelChoice) -> Release:
        """Return a model of a finished run, as its kind reads it; raises RunError where it has none."""


def experiment_kind(name: str) -> ExperimentKind:
    """Return the kind of a name in run.json."""
    module, _, label = _KINDS[name].partition(":")
    kind: ExperimentKind = getattr(importlib.import_module(module), label)()
    return kind


def experiment_kinds() -> list[ExperimentKind]:
    """Return all kinds."""
    return [experiment_kind(name) for name in _KINDS]


def kind_of_values(values: Mapping[str, Any]) -> ExperimentKind:
    """Return the kind of experiment that a configuration is meant for, by what it says."""
    return next(kind for kind in map(experiment_kind, _KINDS) if kind.recognises(values))


Configuration = str | os.PathLike[str] | Mapping[str, Any] | Section
"""A TOML file, its sections as a mapping, or what they were read as."""


def read_experiment(
    config: Configuration, changes: Changes = (), expected: str | None = None
) -> tuple[ExperimentKind, Section]:
    """Return a configuration's kind and what it says, changed.

    Plugin modules are looked for beside the file and in the working folder. Raises ConfigError, in one line, for a
    mistake in it, and for one of another kind than the command's.
    """
    values, where = _values_of(config, changes)
    found = kind_of_values(values)
    kind = found if expected is None else experiment_kind(expected)
    try:
        return kind, kind.config.read(values, where)
    except ConfigError:
        if found.name == kind.name:
            raise
    raise ConfigError(f"{where}: a configuration of {found.command}, not of {kind.command}")


def _values_of(config: Configuration, changes: Changes) -> tuple[dict[str, Any], str]:
    """Return what a configuration says, changed, and what messages call it."""
    if isinstance(config, str | os.PathLike):
        plugins.look_in(Path(config).parent, Path())
        return read_values(Path(config), changes), str(config)
    plugins.look_in(Path())
    if isinstance(config, Section):
        return changed(config.model_dump(exclude_unset=True), changes), "configuration"
    if isinstance(config, Mapping):
        return changed(config, changes), "configuration"
    raise ConfigError(
        f"configuration: expected the path of a TOML file, a mapping of sections or an experiment, got {config!r}"
    )


def release_model(folder: Path, choice: ModelChoice) -> Release:
    """Return a model of the finished run in a folder, of any kind; raises RunError where there is none."""
    kind = kind_of_run(folder)
    return experiment_kind(kind.name).release(kind.read(folder), choice)
