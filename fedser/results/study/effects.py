"""What a difference comes to: its mean over paired seeds, a 95 % interval, a test corrected over its family."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd
from scipy import stats

from fedser.arrays import Doubles
from fedser.metrics import METRICS, paired_t_test
from fedser.metrics.holm import holm
from fedser.metrics.significance import BETTER, WORSE
from fedser.results.announced import FEWEST_SEEDS
from fedser.results.study.run import Measured, paired

ALPHA = 0.05
_LOWER = ("forgetting", "epsilon", "lag")
"""The ends of the names of measures of which less is better."""


@dataclass(frozen=True)
class Effect:
    """A difference over n seeds that both sides were run with; NaN where there is none."""

    difference: float
    low: float
    high: float
    p: float | None
    n: int
    lower_is_better: bool
    adjusted: float | None = None
    """p, corrected over the family."""

    @classmethod
    def of(cls, one: "pd.Series[float]", other: "pd.Series[float]", key: Measured) -> Self:
        """Compare values with those of a reference, both by seed; the interval is Student's, n − 1 degrees."""
        x, y = paired(one, other)
        test, differences = paired_t_test(x, y), x - y
        low, high = student_interval(differences)
        mean = float(differences.mean()) if len(differences) else float("nan")
        return cls(mean, low, high, test.p, len(x), lower_is_better(key.measure))

    @property
    def mark(self) -> str:
        """Return `*` for better, `†` for worse, "" where that cannot be said, or must not, of so few seeds."""
        if self.adjusted is None or self.adjusted >= ALPHA or self.n < FEWEST_SEEDS:
            return ""
        return BETTER if (self.difference < 0) == self.lower_is_better else WORSE


def corrected(effects: Sequence[Effect]) -> list[Effect]:
    """Return the effects of one family with p-values corrected by Holm's method."""
    adjusted = holm([effect.p for effect in effects])
    return [replace(effect, adjusted=p) for effect, p in zip(effects, adjusted, strict=True)]


def student_interval(values: Doubles) -> tuple[float, float]:
    """Return a 95 % interval of the mean of n values, from −inf to inf where one value says nothing of its width.

    >>> [round(end, 3) for end in student_interval(np.array([1.0, 2.0, 3.0]))]
    [-0.484, 4.484]
    """
    if len(values) == 0:
        return float("nan"), float("nan")
    if len(values) == 1:
        return float("-inf"), float("inf")
    half = float(stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
    mean = float(values.mean())
    return mean - half, mean + half


def lower_is_better(measure: str) -> bool:
    """Return whether less of a measure is better.

    >>> lower_is_better("ccc forgetting"), lower_is_better("ccc")
    (True, False)
    """
    if measure.endswith(_LOWER):
        return True
    metric, _, rest = measure.partition(" ")
    return metric in METRICS and not METRICS[metric].higher_is_better and rest not in ("BWT", "FWT")
