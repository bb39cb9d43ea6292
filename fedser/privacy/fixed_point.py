"""Whole numbers for masked sums: a fixed grid, and noise made of integers.

Masks are added modulo 2³², so values are multiples of a step. Rounding is towards zero: it never lengthens an
update, so the clip holds on the grid too. A rounded Gaussian is then added to whole numbers. Since
x + round(g) = round(x + g) for whole x, one share is a Gaussian mechanism followed by rounding; for a sum
of n ≥ 2 shares the rounding errors depend on the fraction of the Gaussians' sum alone, up to a total-variation
distance of the order n · exp(−π² s²), s a share's deviation in steps (cf. Kairouz, Liu, Steinke 2021, ICML,
Theorem 1). So a share of fewer than 10 steps is refused: below that bound the distance is less than 1e-400.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedser.errors import SecureAggregationError
from fedser.privacy.noise import Draw

HALF_MODULUS = 2**31
NOISE_REACH = 12.0
"""Standard deviations of a sum's noise that the grid must hold; more occur with a probability below 1e-32."""
LEAST_STEPS = 10.0


@dataclass(frozen=True)
class Grid:
    """Multiples of `step`, a power of two, of at most `largest` · step for one device before its noise."""

    step: float
    largest: int

    @classmethod
    def for_sum(cls, bound: float, participants: int, noise_std: float = 0.0) -> "Grid":
        """Return the finest grid on which a sum of values within ± bound, with noise, does not wrap around.

        `noise_std` is the standard deviation of one participant's share.
        """
        reach = participants * bound + NOISE_REACH * math.sqrt(participants) * noise_std
        # One step a device for rounding noise, and one more so that the ends stay free.
        step = 2.0 ** math.ceil(math.log2(reach / (HALF_MODULUS - participants - 1)))
        return cls(step, math.ceil(bound / step))


def to_grid(vector: NDArray[np.floating[Any]], grid: Grid) -> NDArray[np.int64]:
    """Return the vector in steps, rounded towards zero, (d,).

    Raises SecureAggregationError for a value outside the grid, which would wrap around unnoticed.
    """
    steps = np.trunc(vector.astype(np.float64) / grid.step)
    if not np.all(np.abs(steps) <= grid.largest):
        raise SecureAggregationError(
            f"an update holds a value outside ± {grid.largest * grid.step:g}, which its secure sum cannot hold; "
            f"set clip, or raise secure_range"
        )
    return steps.astype(np.int64)


def noise_on_grid(count: int, std: float, grid: Grid, draw: Draw) -> NDArray[np.int64]:
    """Return `count` whole numbers of Gaussian noise with the standard deviation std, in the values' unit."""
    in_steps = std / grid.step
    if in_steps < LEAST_STEPS:
        raise SecureAggregationError(
            f"noise of {in_steps:.3g} steps of the grid is too coarse to be Gaussian, expected at least "
            f"{LEAST_STEPS:g}; lower the clip's range or the number of participants in one sum"
        )
    return np.rint(draw(count) * in_steps).astype(np.int64)


def wrap(steps: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Return whole numbers modulo 2³²."""
    return (steps & 0xFFFFFFFF).astype(np.uint32)


def unwrap(total: NDArray[np.uint32], grid: Grid) -> NDArray[np.float64]:
    """Return the sum in the values' unit from its residue modulo 2³², (d,)."""
    return total.view(np.int32).astype(np.float64) * grid.step
