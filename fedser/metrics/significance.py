"""Is one arm better than another, over the seeds both were run with?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

BETTER, WORSE = "*", "†"

ROUNDING = 1e-12
"""Differences closer than this, on scores of size ≤ 1, are equal: they differ by rounding only."""


@dataclass(frozen=True)
class Comparison:
    """A two-sided paired t-test; `t` and `p` are None where there is none, and `note` says why."""

    t: float | None
    p: float | None
    n: int
    mean_difference: float | None
    mark: str = ""
    note: str = ""
    corrected: float | None = None
    """p adjusted for all tests of its family, where there is one."""


def paired_t_test(
    scores: ArrayLike, baseline: ArrayLike, *, alpha: float = 0.05, higher_is_better: bool = True
) -> Comparison:
    """Compare n scores with the n of a baseline, paired by seed (two-sided, n − 1 degrees of freedom).

    The mark is `*` where `scores` are better with p < alpha, `†` where they are worse, else empty. There is
    no test for fewer than two seeds, nor where all differences are equal (their deviation is 0).

    Raises ValueError if the lengths differ, a value is not finite, or alpha is not within (0, 1).

    >>> paired_t_test([0.5, 0.6, 0.7], [0.3, 0.5, 0.4]).mark
    ''
    """
    x = np.asarray(scores, dtype=np.float64)
    y = np.asarray(baseline, dtype=np.float64)
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"a paired test needs two series of one length, got shapes {x.shape} and {y.shape}")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("a paired test needs finite scores")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must be between 0 and 1, got {alpha}")
    n = x.size
    if n == 0:
        return Comparison(None, None, 0, None, note="no seeds: no test")
    # t does not depend on the unit; large numbers (seconds, say) are brought to size 1 so nothing overflows.
    unit = max(1.0, float(np.abs(x).max()), float(np.abs(y).max()))
    differences = x / unit - y / unit
    mean = float(differences.mean() * unit)
    if n == 1:
        return Comparison(None, None, 1, mean, note="one seed: no test")
    if np.ptp(differences) <= ROUNDING:
        return Comparison(None, None, n, mean, note="all differences are equal: no p")
    t, p = (float(number) for number in stats.ttest_rel(x / unit, y / unit))
    better = (mean > 0) == higher_is_better
    mark = (BETTER if better else WORSE) if p < alpha else ""
    return Comparison(t, p, n, mean, mark)


def holm(tests: Sequence[Comparison], alpha: float = 0.05) -> list[Comparison]:
    """Return tests with p adjusted for their number, and marks by it (Holm 1979, Scand. J. Statistics 6:65–70).

    The chance of any wrong mark among them is at most alpha, however they depend on one another. Tests without p
    are none of the family. A mark is kept where the adjusted p is below alpha, and none is added.

    >>> tests = [Comparison(3.0, p, 9, 0.1, "*") for p in (0.01, 0.04)]
    >>> [test.corrected for test in holm([*tests, Comparison(None, None, 9, 0.0)])]
    [0.02, 0.04, None]
    """
    places = sorted((k for k, test in enumerate(tests) if test.p is not None), key=lambda k: tests[k].p or 0.0)
    found, least = list(tests), 0.0
    for rank, k in enumerate(places):
        least = max(least, min(1.0, (len(places) - rank) * (tests[k].p or 0.0)))
        found[k] = replace(tests[k], corrected=least, mark=tests[k].mark if least < alpha else "")
    return found
