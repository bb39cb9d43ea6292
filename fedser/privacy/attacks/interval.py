"""An estimate with its interval, and what a null control gave."""

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


def auc(members: ArrayLike, others: ArrayLike) -> float:
    """Return P(member > other) + ½ P(equal), from scores (m,) and (n,).

    >>> auc([3.0, 2.0], [1.0, 2.0])
    0.875
    """
    return float(_placements(*_checked(members, others))[0].mean())


def delong_variance(members: ArrayLike, others: ArrayLike) -> float:
    """Return the variance of the AUC's estimate (DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44:837)."""
    x, y = _checked(members, others)
    if len(x) < 2 or len(y) < 2:
        raise ValueError(f"the AUC's variance needs two members and two others, got {len(x)} and {len(y)}")
    of_members, of_others = _placements(x, y)
    return float(of_members.var(ddof=1) / len(x) + of_others.var(ddof=1) / len(y))


def tpr_at_fpr(members: ArrayLike, others: ArrayLike, fpr: float = 0.01) -> float:
    """Return the share of members above the lowest threshold that at most `fpr` of the others exceed.

    With fewer than 1/fpr others no false positive is allowed at all. Ties count against the attack.

    >>> tpr_at_fpr([3.0, 2.0, 0.5], [1.0, 2.0])
    0.3333333333333333
    """
    x, y = _checked(members, others)
    if not 0 <= fpr < 1:
        raise ValueError(f"fpr must be in [0, 1), got {fpr}")
    allowed = int(np.floor(fpr * len(y) + 1e-9))  # 0.01 · 300 is 3 but for rounding
    threshold = np.sort(y)[::-1][allowed]
    return float(np.mean(x > threshold))


def _checked(members: ArrayLike, others: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, y = (np.asarray(scores, dtype=np.float64) for scores in (members, others))
    if x.ndim != 1 or y.ndim != 1 or x.size == 0 or y.size == 0:
        raise ValueError(f"a ROC needs scores of members (m,) and others (n,), m, n ≥ 1, got {x.shape}, {y.shape}")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("a ROC needs finite scores")
    return x, y


def _placements(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return per member the share of others below it, per other the share of members above it; ties count half."""
    together = stats.rankdata(np.concatenate([x, y]))
    of_members = (together[: len(x)] - stats.rankdata(x)) / len(y)
    of_others = 1 - (together[len(x) :] - stats.rankdata(y)) / len(x)
    return of_members, of_others
