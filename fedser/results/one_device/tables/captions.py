"""What several tables of one device say of their numbers."""

from fedser.results.announced import FEWEST_SEEDS
from fedser.results.one_device.run import RunResults
from fedser.results.summary import DDOF


def over_seeds(run: RunResults) -> str:
    """Return the sentence that says what ± means here."""
    if len(run.seeds) == 1:
        return "One seed: no standard deviation (–) and no test."
    return f"Mean ± standard deviation (n − 1, ddof = {DDOF}) over {len(run.seeds)} seeds."


def marks_legend(run: RunResults, baseline: str | None) -> tuple[str, ...]:
    """Return the line that explains `*` and `†`, or says why there are none."""
    if baseline is None:
        return ("No baseline of this table is in the run: nothing is tested.",)
    if len(run.seeds) == 1:
        return ()
    if not run.learnt:
        return ("Nothing was learnt: nothing is tested.",)
    if len(run.seeds) < FEWEST_SEEDS:
        return (f"Fewer than {FEWEST_SEEDS} seeds: no difference is marked as significant.",)
    return (
        f"*: significantly better, †: significantly worse than {baseline} "
        "(two-sided t-test, paired by seed: each pair is scored on the same speakers; p < .05 after Holm's "
        "correction for all tests of this table).",
    )
