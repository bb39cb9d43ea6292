"""What several tables say of their numbers."""

from collections.abc import Sequence

from fedser.protocol.arms import Arm
from fedser.results.announced import FEWEST_SEEDS
from fedser.results.moving.findings import MovingFinding
from fedser.results.moving.run import MovingRun

Marks = dict[tuple[Arm, str, str], str]


def over_seeds(run: MovingRun) -> str:
    """Return the sentence that says what ± means here."""
    if len(run.seeds) == 1:
        return "One seed: no standard deviation (–) and no test over seeds."
    return f"Mean ± standard deviation (n − 1) over {len(run.seeds)} seeds."


def marks_of(findings: Sequence[MovingFinding]) -> Marks:
    """Return the mark of each (arm, target, measure), of the test over the seeds."""
    return {(found.arm, found.target, found.measure): found.seeds.mark for found in findings}


def marks_legend(run: MovingRun) -> tuple[str, ...]:
    """Return the line that explains `*` and `†`, or says why there are none."""
    if not any(arm.without_memory in run.arms and arm.without_memory != arm for arm in run.arms):
        return ("No arm has Finetuning of its mode beside it: nothing is tested.",)
    if not run.learnt:
        return ("Nothing was learnt: nothing is tested.",)
    if len(run.seeds) < FEWEST_SEEDS:
        return (f"Fewer than {FEWEST_SEEDS} seeds: no difference is marked as significant. Tests: Table 6a.",)
    return (
        "*: significantly better, †: significantly worse than Finetuning of the same mode (two-sided paired "
        f"t-test over {len(run.seeds)} seeds, p < .05, not corrected for the number of tests). Tests over the "
        "devices: Table 6a.",
    )
