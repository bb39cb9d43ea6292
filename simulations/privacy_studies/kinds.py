"""What commands do with privacy studies, which run federations of their own."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from fedser.errors import RunError
from fedser.export.release import Release
from fedser.results.privacy import AttackRun, FrontierRun
from fedser.results.privacy.run import ATTACK, FRONTIER
from simulations.hearing import EmbeddedCorpus
from simulations.kinds import ExperimentKind
from simulations.model_choice import ModelChoice
from simulations.moving.config import MovingConfig
from simulations.moving.kind import MovingKind
from simulations.privacy_studies.attack import run_attack
from simulations.privacy_studies.config import AttackConfig, FrontierConfig
from simulations.privacy_studies.frontier import run_frontier
from simulations.sources import RunContext


class AttackKind(ExperimentKind):
    """Attacks on a federation, with a shadow of it."""

    name = ATTACK
    command = "fedser privacy attack"
    config = AttackConfig

    def recognises(self, values: Mapping[str, Any]) -> bool:
        """Return whether it has a shadow or a target."""
        return bool(values.keys() & {"shadow", "target"})

    def run(self, config: AttackConfig, context: RunContext) -> Path:
        """Run or resume the study and return its page; a finished one is only reported again."""
        return run_attack(config, context)

    def extract(self, config: AttackConfig, context: RunContext) -> Iterator[tuple[str, EmbeddedCorpus]]:
        """Yield what both federations hear."""
        yield from _extract(config.federations(context.config_file), context)

    def release(self, run: AttackRun, choice: ModelChoice) -> Release:
        """Raise RunError that names the federations, which have models."""
        raise _no_model(run.folder, "a study of attacks", ["shadow", "target"])


class FrontierKind(ExperimentKind):
    """A sweep of noise and memory capacity."""

    name = FRONTIER
    command = "fedser privacy frontier"
    config = FrontierConfig

    def recognises(self, values: Mapping[str, Any]) -> bool:
        """Return whether it sweeps."""
        return "sweep" in values

    def run(self, config: FrontierConfig, context: RunContext) -> Path:
        """Run or resume the sweep and return its page; a finished one is only reported again."""
        return run_frontier(config, context)

    def extract(self, config: FrontierConfig, context: RunContext) -> Iterator[tuple[str, EmbeddedCorpus]]:
        """Yield what the shadow and the target hear, which is the same in every cell."""
        capacity, where = config.sweep.capacity[0], context.config_file
        target = config.cell(config.sweep.noise[0], capacity, where)
        yield from _extract({"shadow": config.shadow_of(capacity, where), "target": target}, context)

    def release(self, run: FrontierRun, choice: ModelChoice) -> Release:
        """Raise RunError that names the federations, which have models."""
        cells = sorted(path.name for path in (run.folder / "cells").glob("*"))
        raise _no_model(run.folder, "a privacy frontier", [f"cells/{name}" for name in cells])


def _extract(federations: Mapping[str, MovingConfig], context: RunContext) -> Iterator[tuple[str, EmbeddedCorpus]]:
    for name, config in federations.items():
        for place, heard in MovingKind().extract(config, replace(context, folder=context.folder / name)):
            yield f"{name}, {place}", heard


def _no_model(folder: Path, what: str, federations: list[str]) -> RunError:
    folders = ", ".join(str(folder / name) for name in federations) or f"those below {folder}"
    return RunError(f"{folder}: {what} has no model of its own; export one of its federations: {folders}")
