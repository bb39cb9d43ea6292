"""Concordance correlation coefficient (Lin 1989, Biometrics 45:255–268)."""

import numpy as np
from numpy.typing import ArrayLike

EPSILON = 1e-8
"""Added to the denominator, so that two equal constants score 0 instead of 0/0."""


def ccc(prediction: ArrayLike, target: ArrayLike) -> float:
    """Return the concordance of two series of n values, in [-1, 1].

    CCC = 2 cov(x, y) / (var x + var y + (mean x − mean y)² + ε), with population variances, in float64.
    A constant series has no covariance and scores 0.

    Raises ValueError if the lengths differ, nothing is given, or a value is not finite.

    >>> round(ccc([0.0, 0.5, 1.0], [0.0, 0.5, 1.0]), 6)
    1.0
    """
    x = np.asarray(prediction, dtype=np.float64)
    y = np.asarray(target, dtype=np.float64)
    if x.shape != y.shape or x.ndim != 1 or x.size == 0:
        raise ValueError(f"ccc needs two series of one length ≥ 1, got shapes {x.shape} and {y.shape}")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("ccc needs finite values")
    gap = x.mean() - y.mean()
    x, y = x - x.mean(), y - y.mean()
    return float(2 * np.mean(x * y) / (np.mean(x * x) + np.mean(y * y) + gap * gap + EPSILON))
