"""What a study would run, said before anything is run."""

from pathlib import Path
from typing import Any

from simulations.run_folder import is_finished
from simulations.studies.cells import plan_of
from simulations.studies.run import CELLS


def said_of(config: Any, file: Path, folder: Path | None) -> str:
    """Return a line for each cell and the counts; cells that are finished in a run's folder are marked."""
    plan = plan_of(config, file)
    lines, left = [], 0
    for cell in plan.cells:
        finished = folder is not None and is_finished(folder / CELLS / cell.folder)
        left += not finished
        lines.append(f"{cell.folder}{'  (finished)' if finished else ''}")
    arms = sum(len(cell.experiment.arms) * cell.experiment.seeds for cell in plan.cells)
    axes = " × ".join(f"{axis.name} {len(axis.values)}" for axis in config.axes)
    lines.append(
        f"{len(plan.cells)} cells ({axes}; {plan.kind.command} {plan.base.name}), {left} to run: "
        f"{plan.seeds} runs of a seed, {arms} of an arm and seed"
    )
    return "\n".join(lines)
