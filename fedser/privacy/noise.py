"""Gaussian noise on a sum of clipped updates, drawn in one place or in shares on the devices.

Central: the server adds N(0, σ²C²) to every coordinate of the sum (σ the noise multiplier, C the clip).
Distributed: each participant adds N(0, σ²C² / n_min), n_min the smallest number of devices whose sum is ever
revealed. A round with fewer survivors fails before anything is revealed, so the sum of n ≥ n_min survivors
carries a variance of σ²C² · n / n_min ≥ σ²C²: dropouts never weaken the guarantee, they cost accuracy beforehand.
Devices that collude with the server know their own shares; where c of them are feared, n_min is to be c smaller.

**A simulation's noise is seeded.** It comes from a stream named by (seed, nonce, arm, round, …). The nonce is the
run's own: two runs of one configuration share no noise, and the run's record keeps it, so that the run can be
repeated; whoever knows both can take the noise off. A deployment sets `secure_noise = true`: the noise then comes
from the operating system's random bytes. Both are floating-point Gaussians on the server; attacks on the last bits
(Mironov 2012, CCS) are outside the claim, and do not reach `distributed`, whose noise is made of integers
(`fixed_point`).
"""

import math
import os
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fedser.seeding import generator

Draw = Callable[[int], NDArray[np.float64]]
"""Draws a number of independent standard normal values, (n,)."""


def seeded(seed: int, nonce: str, arm: str, round_number: int, *who: str | int) -> Draw:
    """Return the noise of a simulation's round; `who` tells devices and attempts apart, the nonce runs."""
    stream = generator(seed, "privacy-noise", nonce, arm, round_number, *who)
    return lambda count: stream.standard_normal(count)


def from_operating_system(count: int) -> NDArray[np.float64]:
    """Return standard normal values from the operating system's random bytes (Box and Muller 1958)."""
    pairs = (count + 1) // 2
    words = np.frombuffer(os.urandom(16 * pairs), dtype=np.uint64).reshape(2, pairs)
    # 53 bits to (0, 1]: the logarithm of zero cannot occur.
    radius, angle = ((words >> np.uint64(11)).astype(np.float64) + 1.0) * 2.0**-53
    length = np.sqrt(-2.0 * np.log(radius))
    turn = 2.0 * math.pi * angle
    return np.concatenate([length * np.cos(turn), length * np.sin(turn)])[:count]


def share_std(noise_multiplier: float, clip: float, survivors: int) -> float:
    """Return the standard deviation of one device's share, `survivors` being the fewest that may be summed."""
    return noise_multiplier * clip / math.sqrt(survivors)


def add_gaussian(total: NDArray[np.float64], std: float, draw: Draw) -> NDArray[np.float64]:
    """Return the sum, (d,), with noise of the given standard deviation on every coordinate."""
    return total + std * draw(total.size)
