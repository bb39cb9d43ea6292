"""What commands do with a study, which runs experiments of other kinds."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fedser.errors import RunError
from fedser.export.release import Release
from fedser.results.study.run import STUDY, StudyRun
from simulations.hearing import EmbeddedCorpus
from simulations.kinds import ExperimentKind
from simulations.model_choice import ModelChoice
from simulations.sources import RunContext
from simulations.studies.cells import plan_of
from simulations.studies.config import StudyConfig
from simulations.studies.run import CELLS, run_study


class StudyKind(ExperimentKind):
    """One experiment under several values of its options."""

    name = STUDY
    command = "fedser study"
    config = StudyConfig

    def recognises(self, values: Mapping[str, Any]) -> bool:
        """Return whether it has a base or axes."""
        return bool(values.keys() & {"base", "axes"})

    def run(self, config: StudyConfig, context: RunContext) -> Path:
        """Run or resume the study and return its page; a finished one is only reported again."""
        return run_study(config, context)

    def extract(self, config: StudyConfig, context: RunContext) -> Iterator[tuple[str, EmbeddedCorpus]]:
        """Yield what each cell hears."""
        plan = plan_of(config, context.config_file)
        for cell in plan.cells:
            for name, heard in plan.kind.extract(cell.experiment, context):
                yield f"{cell.name}, {name}", heard

    def release(self, run: StudyRun, choice: ModelChoice) -> Release:
        """Raise RunError that names the cells, which have models."""
        folders = ", ".join(str(path) for path in sorted((run.folder / CELLS).glob("*"))) or "its runs"
        raise RunError(f"{run.folder}: a study has no model of its own; export one of its cells: {folders}")
