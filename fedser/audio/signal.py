"""Whether anything is to be heard: silence, a constant, and channels that cancel each other are no signal."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

QUIETEST = 2.5 / 2**15
"""Samples that lie no further apart, on a full scale of ±1, are silence with dither: two steps of 16 bits."""
QUIETEST_FLOAT = 1e-6
"""The same of samples stored as floating-point numbers, which may be of any level."""
CANCELLED = 1e-3
"""Channels whose mean moves by less than this share of what they move by themselves cancel each other: 60 dB."""


@dataclass
class Extent:
    """The least and the greatest sample of each channel, and of their mean, over blocks of a file."""

    low: NDArray[np.float64] = field(default_factory=lambda: np.array(np.inf))
    high: NDArray[np.float64] = field(default_factory=lambda: np.array(-np.inf))
    mono_low: float = np.inf
    mono_high: float = -np.inf

    def add(self, samples: NDArray[np.float32], mono: NDArray[np.float32]) -> None:
        """Take in a block (n, channels), n ≥ 1, and its mean (n,)."""
        self.low = np.minimum(self.low, samples.min(axis=0))
        self.high = np.maximum(self.high, samples.max(axis=0))
        self.mono_low = min(self.mono_low, float(mono.min()))
        self.mono_high = max(self.mono_high, float(mono.max()))

    def fault(self, quietest: float) -> str:
        """Return why there is no signal, or ""."""
        apart = float(np.max(self.high - self.low))
        if apart <= quietest:
            level = max(abs(self.mono_low), abs(self.mono_high))
            return "no signal: silence" if level <= quietest else f"no signal: a constant, {self.mono_low:.3g}"
        if self.mono_high - self.mono_low <= max(quietest, CANCELLED * apart) and self.low.size > 1:
            return "no signal: its channels cancel each other in their mean (one is inverted)"
        return ""
