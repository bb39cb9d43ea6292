"""An estimate between its bounds: of a mean, of bootstrap draws, of a recall; and what null controls gave."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
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
    def known(cls, value: float) -> Self:
        """Return a value that is known beforehand, such as the level of chance, between itself and itself."""
        return cls(value, value, value)

    def within(self, least: float, most: float) -> Self:
        """Return it with bounds that keep to what can be; the estimate is there already."""
        return type(self)(self.estimate, max(least, self.low), min(most, self.high))

    @classmethod
    def of_mean(cls, values: ArrayLike) -> Self:
        """Return the mean of n independent values with Student's t interval; n = 1 has no bounds (±∞).

        >>> str(Interval.of_mean([1.0, 2.0, 3.0])), str(Interval.of_mean([2.0]))
        ('2.000 [-0.484, 4.484]', '2.000 [-inf, inf]')
        """
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

    @classmethod
    def of_clusters(cls, estimate: float, draws: ArrayLike, count: int) -> Self:
        """Return `of_draws` for draws of `count` clusters, such as speakers, at levels widened for so few.

        A bootstrap of n is too narrow by √(n/(n − 1)) and knows no Student's t (Hesterberg 2015, The American
        Statistician 69:371, “expanded percentile”). One cluster has no bounds (±∞).
        """
        if count < 2:
            return cls(estimate, -np.inf, np.inf)
        level = stats.norm.cdf(stats.t.ppf((1 - LEVEL) / 2, count - 1) * np.sqrt(count / (count - 1)))
        low, high = np.quantile(np.asarray(draws, dtype=np.float64), [level, 1 - level])
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

    @property
    def band(self) -> Interval:
        """Return the mean of the controls between the central 95 % of them."""
        return Interval(self.mean.estimate, self.low, self.high)

    def p_value(self, estimate: float) -> float:
        """Return the share of controls that reach the estimate, the estimate counted as one of them.

        >>> Null.of([0.4, 0.5, 0.6]).p_value(0.6), Null.of([0.4, 0.5, 0.6]).p_value(0.9)
        (0.5, 0.25)
        """
        return (1 + sum(value >= estimate for value in self.values)) / (1 + len(self.values))


def recall_interval(
    correct: ArrayLike, classes: ArrayLike, speakers: ArrayLike, stream: np.random.Generator, draws: int = 2000
) -> Interval:
    """Return UAR over n units, each right or wrong, (n,), of a class (n,) and a speaker (n,); 95 % interval.

    A class's recall is the mean over its speakers of the share that is right, so that talkative speakers do
    not count more. Speakers are resampled within each class. With few speakers, all of them right, this has
    width 0; so it is done a second time with one speaker more per class who is always right and one who never is
    (after Agresti and Caffo 2000, The American Statistician 54:280), and the interval holds both.
    """
    right, kind, who = (np.asarray(values) for values in (correct, classes, speakers))
    if right.ndim != 1 or right.size == 0 or not right.shape == kind.shape == who.shape:
        raise ValueError(
            f"recall needs three series of one length ≥ 1, got {right.shape}, {kind.shape} and {who.shape}"
        )
    shares = [_speaker_shares(right[kind == c], who[kind == c]) for c in np.unique(kind)]
    estimate = float(np.mean([share.mean() for share in shares]))
    padded = [np.concatenate([share, [0.0, 1.0]]) for share in shares]
    plain, wide = (
        Interval.of_draws(estimate, np.mean([_resample(share, stream, draws) for share in each], axis=0))
        for each in (shares, padded)
    )
    return Interval(estimate, min(plain.low, wide.low), max(plain.high, wide.high))


def _speaker_shares(right: NDArray[np.bool_], who: NDArray[np.str_]) -> NDArray[np.float64]:
    return np.array([right[who == speaker].mean() for speaker in np.unique(who)])


def _resample(shares: NDArray[np.float64], stream: np.random.Generator, draws: int) -> NDArray[np.float64]:
    """Return `draws` means of resampled speakers."""
    rows = stream.integers(len(shares), size=(draws, len(shares)))
    means: NDArray[np.float64] = shares[rows].mean(axis=1)
    return means
