"""Clip a whole update to an L2 norm, so that one device can change a sum by no more than that.

McMahan, Ramage, Talwar, Zhang 2018, "Learning differentially private recurrent language models", ICLR.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedser.errors import NonFiniteGradientError

EPSILON = float(np.finfo(np.float64).eps)


def norm(vector: NDArray[np.floating[Any]]) -> float:
    """Return the L2 norm of a vector, computed in float64 whatever its type; 0 for an empty one."""
    values = np.asarray(vector, dtype=np.float64)
    largest = float(np.max(np.abs(values), initial=0.0))
    if largest == 0.0:
        return 0.0
    # Scaled, so that the squares of very large or small values neither overflow nor vanish.
    return largest * float(np.linalg.norm(values / largest))


def clip(vector: NDArray[np.floating[Any]], bound: float) -> tuple[NDArray[Any], float]:
    """Return min(1, bound / ‖vector‖₂) · vector in the vector's own type, (d,), and the factor.

    `norm` of the result is at most `bound`, after rounding to float32 too. A vector within the bound comes back
    unchanged, with the factor 1. Raises NonFiniteGradientError for NaN or infinity.
    """
    if not np.all(np.isfinite(vector)):
        raise NonFiniteGradientError(
            "an update holds NaN or infinity and cannot be clipped: training has diverged, "
            "try a smaller training.learning_rate"
        )
    length = norm(vector)
    if length <= bound:
        return np.array(vector, copy=True), 1.0
    factor, shrink = bound / length, EPSILON
    clipped = _scaled(vector, factor)
    while norm(clipped) > bound:  # float64 itself rounds: give way by units in the last place
        factor, shrink = factor * (1.0 - shrink), 2.0 * shrink
        clipped = _scaled(vector, factor)
    return clipped, factor


def _scaled(vector: NDArray[np.floating[Any]], factor: float) -> NDArray[Any]:
    """Return factor · vector, rounded towards zero to the vector's type, which never lengthens it."""
    exact = vector.astype(np.float64) * factor
    rounded = exact.astype(vector.dtype)
    over = np.abs(rounded.astype(np.float64)) > np.abs(exact)
    rounded[over] = np.nextafter(rounded[over], np.zeros((), dtype=vector.dtype))
    return rounded
