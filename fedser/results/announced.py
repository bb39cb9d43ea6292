"""Which tests may be announced: with few seeds, or where nothing was learnt, a mark would be chance."""

from dataclasses import replace

from fedser.metrics import Comparison

FEWEST_SEEDS = 5
"""With fewer, nothing is marked as significant."""

LEAST_CCC = 0.1
"""A run in which no CCC comes to this has learnt nothing."""


def announced(test: Comparison, seeds: int, learnt: bool) -> Comparison:
    """Return a test as it may be told: without a mark for few seeds, without p where nothing was learnt."""
    if test.p is None:
        return test
    if not learnt:
        return replace(test, t=None, p=None, mark="", note="nothing was learnt: no test")
    if seeds < FEWEST_SEEDS:
        return replace(test, mark="", note=f"under {FEWEST_SEEDS} seeds")
    return test
