"""Unweighted average recall over the bins low, mid and high."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

EDGES = np.linspace(-1.0, 1.0, 4)
"""Bin edges on the label scale: −1, −1/3, 1/3, 1."""

LEVELS = ("low", "mid", "high")


def bin_levels(values: ArrayLike) -> NDArray[np.int64]:
    """Return 0 (low), 1 (mid) or 2 (high) for each of n values on the scale [-1, 1].

    `searchsorted(edges, x, side="right") − 1` in float64, so a value on an edge belongs to the upper bin;
    values at or beyond an end of the scale belong to the outer bins. Raises ValueError on NaN.

    >>> bin_levels([-1.0, -1 / 3, 0.0, 1 / 3, 1.0]).tolist()
    [0, 1, 1, 2, 2]
    """
    x = np.asarray(values, dtype=np.float64)
    if np.isnan(x).any():
        raise ValueError("bin_levels needs values, got NaN")
    return np.clip(np.searchsorted(EDGES, x, side="right") - 1, 0, len(LEVELS) - 1).astype(np.int64)


def uar(prediction_bins: ArrayLike, target_bins: ArrayLike) -> float:
    """Return the recall averaged over the classes present in the target, in [0, 1].

    Raises ValueError if the lengths differ or nothing is given.

    >>> uar([0, 0, 1, 1], [0, 0, 0, 1])
    0.8333333333333333
    """
    prediction = np.asarray(prediction_bins)
    target = np.asarray(target_bins)
    if prediction.shape != target.shape or target.ndim != 1 or target.size == 0:
        raise ValueError(f"uar needs two series of one length ≥ 1, got {prediction.shape} and {target.shape}")
    recalls = [np.mean(prediction[target == level] == level) for level in np.unique(target)]
    return float(np.mean(recalls))
