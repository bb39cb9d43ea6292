"""An estimate with its interval, and what a null control gave."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

LEVEL = 0.95
"""The coverage that all intervals of the attacks aim at."""


@dataclass(frozen=True)
class Interval:
    """An estimate between `low` and `high`, at 95 %."""

    estimate: float
    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.estimate:.3f} [{self.low:.3f}, {self.high:.3f}]"

    @classmethod
    def of_mean(cls, values: ArrayLike) -> Self:
        """Return the mean of n independent values with Student's t interval; n = 1 has no bounds (±∞)."""
        x = np.asarray(values, dtype=np.float64)
        if x.ndim != 1 or x.size == 0:
            raise ValueError(f"an interval of a mean needs one series of n ≥ 1 values, got shape {x.shape}")
        mean = float(x.mean())
        if x.size == 1:
            return cls(mean, -np.inf, np.inf)
        half = float(stats.t.ppf((1 + LEVEL) / 2, x.size - 1) * x.std(ddof=1) / np.sqrt(x.size))
        return cls(mean, mean - half, mean + half)

    @classmethod
    def of_draws(cls, estimate: float, draws: ArrayLike) -> Self:
        """Return an estimate with the central 95 % of bootstrap draws, widened to hold the estimate itself."""
        low, high = np.quantile(np.asarray(draws, dtype=np.float64), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return cls(estimate, min(float(low), estimate), max(float(high), estimate))


@dataclass(frozen=True)
class Null:
    """What the attack finds where there is nothing to find, from repeated controls.

    `mean` tells whether the attack is biased: its interval should hold the chance level. `low` and `high` are the
    central 95 % of the single controls: what one attack may reach by luck.
    """

    mean: Interval
    low: float
    high: float
    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Return the summary of repeated controls."""
        low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return cls(Interval.of_mean(values), float(low), float(high), tuple(float(value) for value in values))

    def p_value(self, estimate: float) -> float:
        """Return the share of controls that reach the estimate, the estimate counted as one of them."""
        return (1 + sum(value >= estimate for value in self.values)) / (1 + len(self.values))
