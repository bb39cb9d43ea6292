"""Intervals of a CCC over seeds and speakers, from what each test speaker adds to it.

A seed is scored on some speakers, and a speaker is tested in some seeds: the two are crossed. The variance of the
mean over the seeds is that of two-way clusters, speakers + seeds − both at once (Cameron, Gelbach & Miller 2011,
Robust Inference With Multiway Clustering, J. Business & Economic Statistics 29:238–249), each found by leaving one
out (the jackknife). A bootstrap would do the same, but draws of two or three test speakers leave seeds with one
speaker or none, whose CCC is no estimate of anything. The CCC is that of all utterances of a seed at once, never a
mean over speakers.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from fedser.arrays import Doubles
from fedser.metrics.ccc import EPSILON


@dataclass(frozen=True)
class ClusteredInterval:
    """A mean over seeds with its interval of 95 %; `low` and `high` are NaN for one seed or one speaker."""

    mean: float
    low: float
    high: float
    seeds: int
    speakers: int
    """Different people, however many seeds test them."""


def raw_sums(moments: Doubles) -> Doubles:
    """Return (…, 6) n, Σx, Σy, Σx², Σy², Σxy from moments (…, 6) as `Moments.to_list` writes them."""
    n, mean_x, mean_y, m2_x, m2_y, m2_xy = np.moveaxis(moments, -1, 0)
    squares = (m2_x + n * mean_x**2, m2_y + n * mean_y**2, m2_xy + n * mean_x * mean_y)
    return np.stack([n, n * mean_x, n * mean_y, *squares], axis=-1)


def ccc_of_sums(sums: Doubles) -> Doubles:
    """Return the CCC (…) of sums (…, 6); NaN of no utterances."""
    n = np.where(sums[..., 0] > 0, sums[..., 0], np.nan)
    mean_x, mean_y, square_x, square_y, both = (sums[..., k] / n for k in range(1, 6))
    spread = square_x - mean_x**2 + square_y - mean_y**2 + (mean_x - mean_y) ** 2 + EPSILON
    result: Doubles = 2 * (both - mean_x * mean_y) / spread
    return result


def interval(sums: Doubles, other: Doubles | None = None) -> ClusteredInterval:
    """Return the mean over seeds of the CCC, or of its difference from another's, with an interval of 95 %.

    sums: (seeds, speakers, 6) of `raw_sums`, zeros where a seed does not test a speaker. other: the same of a
    baseline that was scored on the same speakers in the same seeds: both are left out together, which pairs them.
    Raises ValueError for a seed without any utterance.
    """
    tested = sums[..., 0] > 0
    if not tested.any(axis=1).all():
        raise ValueError("interval needs a test utterance in every seed")
    whole, without = _scores(sums)
    if other is not None:
        other_whole, other_without = _scores(other)
        whole, without = whole - other_whole, without - other_without
    seeds, speakers = len(whole), int(tested.any(axis=0).sum())
    mean = float(whole.mean())
    if seeds == 1 or speakers == 1 or (tested.sum(axis=1) == 1).any():
        return ClusteredInterval(mean, np.nan, np.nan, seeds, speakers)
    of_speakers = _of_speakers(whole, without, tested)
    of_seeds = float(whole.var(ddof=1)) / seeds
    of_both = _of_both(without, tested)
    variance = max(of_speakers + of_seeds - of_both, of_speakers, of_seeds)
    total = of_speakers + of_seeds
    if total == 0:
        return ClusteredInterval(mean, mean, mean, seeds, speakers)
    # Between the two numbers of degrees of freedom, by what each kind of cluster has in the variance.
    freedom = total / (of_speakers / (speakers - 1) + of_seeds / (seeds - 1))
    half = float(stats.t.ppf(0.975, freedom)) * variance**0.5
    return ClusteredInterval(mean, mean - half, mean + half, seeds, speakers)


def _scores(sums: Doubles) -> tuple[Doubles, Doubles]:
    """Return the CCC of every seed (seeds,), and that without each speaker (seeds, speakers)."""
    total = sums.sum(axis=1)
    return ccc_of_sums(total), ccc_of_sums(total[:, None] - sums)


def _of_speakers(whole: Doubles, without: Doubles, tested: NDArray[np.bool_]) -> float:
    """Return the variance of the mean between speakers: each is left out of all the seeds that test them."""
    left = np.where(tested, without, whole[:, None]).mean(axis=0)[tested.any(axis=0)]
    return float((len(left) - 1) / len(left) * ((left - left.mean()) ** 2).sum())


def _of_both(without: Doubles, tested: NDArray[np.bool_]) -> float:
    """Return the variance of the mean if a speaker were somebody else in every seed."""
    counts = tested.sum(axis=1)
    left = np.where(tested, without, 0.0)
    centred = np.where(tested, left - (left.sum(axis=1) / counts)[:, None], 0.0)
    return float(((centred**2).sum(axis=1) * (counts - 1) / counts).sum() / len(counts) ** 2)
