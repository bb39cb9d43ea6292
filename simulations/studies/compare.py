"""`fedser compare`: finished runs laid side by side, with the tables and figures of a study."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from fedser.config import Section
from fedser.errors import RunError
from fedser.report import write_report
from fedser.results.record import kind_of, read_json
from fedser.results.study.laid import READERS, LaidRun, lay, refuse_incomparable
from fedser.results.study.run import Axis
from fedser.version import __version__
from simulations.run_folder import claim
from simulations.run_record import now
from simulations.studies.writing import write_study

AXIS = "run"
FEWEST = 2


class ComparedRuns(Section):
    """What config.toml of a comparison says: the runs, in order."""

    runs: list[str] = Field(min_length=FEWEST)


def compare(runs: Sequence[Path], folder: Path, command: str) -> Path:
    """Lay finished runs side by side in a folder of their own and return its page.

    Raises RunError, in one line, for runs of different kinds, unfinished ones, and such as are
    tested on other speech.
    """
    if len(runs) < FEWEST:
        raise RunError(
            f"compare: expected at least {FEWEST} runs, got {len(runs)}; name the folders of finished runs"
        )
    kinds = {run: kind_of(read_json(run)) for run in runs}
    first = kinds[runs[0]]
    for run, kind in kinds.items():
        if kind not in READERS:
            raise RunError(f"{run}: a run of kind {kind}, which cannot be compared; known: {', '.join(READERS)}")
        if kind != first:
            raise RunError(
                f"{runs[0]} is a run of kind {first} and {run} one of kind {kind}; compare runs of one kind"
            )
    names = _names(runs)
    laid = lay(first, [LaidRun(name, {AXIS: name}, run) for name, run in zip(names, runs, strict=True)])
    refuse_incomparable(laid)
    record = {"title": "Runs side by side", "fedser": __version__, "command": command, "started": now()}
    if len(laid.git_commits) > 1:
        laid.warnings.insert(0, "these runs were made by different versions of fedser")
    with claim(folder, ComparedRuns(runs=[str(run) for run in runs])):
        write_study(folder, record, [Axis(AXIS, tuple(names))], laid)
        return write_report(folder)


def _names(runs: Sequence[Path]) -> list[str]:
    """Return the folders' names; whole paths where two folders have one name."""
    names = [run.resolve().name for run in runs]
    names = names if len(set(names)) == len(names) else [str(run) for run in runs]
    if len(set(names)) < len(names):
        raise RunError(
            f"compare: {next(n for n in names if names.count(n) > 1)} is named twice; name each run once"
        )
    return names
