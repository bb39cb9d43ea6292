"""Recall averaged over classes, with an interval that resamples speakers.

Updates of one speaker are not independent: an interval over updates would be far too narrow.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fedser.privacy.attacks.interval import Interval


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
