"""What commands do with an experiment of devices that move."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fedser.export.release import Release
from fedser.results.moving import MovingRun
from fedser.results.moving.record import KIND
from simulations.hearing import EmbeddedCorpus, check_models
from simulations.kinds import ExperimentKind
from simulations.model_choice import ModelChoice
from simulations.moving.config import MovingConfig
from simulations.moving.release import release_moving
from simulations.moving.run import run_moving
from simulations.moving.speech import embed_places
from simulations.sources import RunContext


class MovingKind(ExperimentKind):
    """Devices move between environments."""

    name = KIND
    command = "fedser simulate"
    config = MovingConfig

    def recognises(self, values: Mapping[str, Any]) -> bool:
        """Return whether it counts rounds or devices, or writes its arms with a mode."""
        arms = values.get("arms")
        with_mode = isinstance(arms, list) and any(isinstance(arm, str) and ":" in arm for arm in arms)
        return with_mode or bool(values.keys() & {"rounds", "devices", "mobility", "corpora"})

    def run(self, config: MovingConfig, context: RunContext) -> Path:
        """Run or resume an experiment and return its report; a finished run is only reported again."""
        return run_moving(config, context)

    def extract(self, config: MovingConfig, context: RunContext) -> Iterator[tuple[str, EmbeddedCorpus]]:
        """Yield what is said in every condition of every place, and the server's own corpus where it has one."""
        config.check()
        reachable = config.without_network() if context.offline else config
        check_models(reachable.features, reachable.transcription)
        embedded = embed_places(reachable, context.sources, context.workers)
        for (_, environment), heard in zip(embedded.places, embedded.heard, strict=True):
            yield environment.name, heard
        if embedded.servers:
            yield "server", embedded.first

    def release(self, run: MovingRun, choice: ModelChoice) -> Release:
        """Return the server's model of an arm and seed, or a device's own."""
        return release_moving(run, choice)
