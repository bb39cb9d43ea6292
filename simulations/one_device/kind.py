"""What commands do with an experiment of one device."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fedser.errors import RunError
from fedser.export.one_device import release
from fedser.export.release import Release
from fedser.protocol import Arm
from fedser.results.one_device import RunResults
from fedser.results.record import ONE_DEVICE
from simulations.hearing import EmbeddedCorpus, check_models
from simulations.kinds import ExperimentKind
from simulations.model_choice import ModelChoice
from simulations.one_device.config import PaperConfig
from simulations.one_device.data import embed_environments
from simulations.one_device.run import run_paper
from simulations.sources import RunContext


class OneDeviceKind(ExperimentKind):
    """One device meets environments in order."""

    name = ONE_DEVICE
    command = "fedser paper"
    config = PaperConfig

    def recognises(self, values: Mapping[str, Any]) -> bool:
        """Return True: what belongs to no other kind is checked as this one."""
        return True

    def run(self, config: PaperConfig, context: RunContext) -> Path:
        """Run or resume an experiment and return its report; a finished run is only reported again."""
        return run_paper(config, context)

    def extract(self, config: PaperConfig, context: RunContext) -> Iterator[tuple[str, EmbeddedCorpus]]:
        """Yield the corpora of all environments."""
        config.check()
        reachable = config.without_network() if context.offline else config
        check_models(reachable.features, reachable.transcription)
        for heard in embed_environments(reachable, context.sources, context.workers)[0]:
            yield heard.name, heard

    def release(self, run: RunResults, choice: ModelChoice) -> Release:
        """Return the model of an arm and seed after the last environment."""
        arm = choice.arm_of(run.folder, run.arms, Arm.parse)
        choice.check_seed(run.folder, run.seeds)
        if choice.device is not None:
            raise RunError(f"{run.folder}: a run of one device; leave out the device")
        return release(run, arm, choice.seed)
