"""A filter whose spectrum is computed once, for many waveforms of any length."""

from functools import cached_property

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from fedser.arrays import Doubles

SHORTEST_BLOCK = 8192


class Filter:
    """Taps (m,) of which number `delay` stands for no delay; what comes before it is heard early."""

    def __init__(self, taps: Doubles, delay: int) -> None:
        self.taps, self.delay = taps, delay

    def then(self, other: "Filter") -> "Filter":
        """Return both as one filter."""
        if len(other.taps) == 1:
            return Filter(self.taps * other.taps[0], self.delay + other.delay)
        size = len(self.taps) + len(other.taps) - 1
        length = scipy.fft.next_fast_len(size, real=True)
        product = scipy.fft.rfft(self.taps, length) * scipy.fft.rfft(other.taps, length)
        return Filter(scipy.fft.irfft(product, length)[:size], self.delay + other.delay)

    def apply(self, waveform: NDArray[np.floating]) -> Doubles:
        """Return (n,) of (n,): convolved by overlap-add, aligned with the input and cut to its length."""
        size, tail = len(waveform), len(self.taps) - 1
        if tail == 0:
            scaled: Doubles = np.multiply(waveform, self.taps[0], dtype=np.float64)
            return scaled
        step = self._block - tail
        blocks = -(-size // step)
        padded = np.zeros((blocks, step))
        padded.reshape(-1)[:size] = waveform
        pieces = scipy.fft.irfft(scipy.fft.rfft(padded, self._block, axis=1) * self._spectrum, self._block, axis=1)
        whole = np.zeros(blocks * step + tail)
        for k, piece in enumerate(pieces):
            whole[k * step : k * step + self._block] += piece
        return whole[self.delay : self.delay + size]

    def wrap(self, loop: NDArray[np.floating]) -> Doubles:
        """Return (n,) of a sound (n,) that repeats for ever, so that its end still meets its beginning."""
        size = len(loop)
        taps = np.zeros(size)
        np.add.at(taps, (np.arange(len(self.taps)) - self.delay) % size, self.taps)
        return np.asarray(scipy.fft.irfft(scipy.fft.rfft(loop.astype(np.float64)) * scipy.fft.rfft(taps), size))

    @cached_property
    def _block(self) -> int:
        return int(scipy.fft.next_fast_len(max(SHORTEST_BLOCK, 4 * len(self.taps)), real=True))

    @cached_property
    def _spectrum(self) -> NDArray[np.complex128]:
        return np.asarray(scipy.fft.rfft(self.taps, self._block))
