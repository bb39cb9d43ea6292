"""From the mouth to the file: a room's reverberation and a microphone's colour, as one filter."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from fedser import seeding
from fedser.corpora.synthesis.place import Place
from fedser.corpora.synthesis.synthesiser import Samples
from fedser.vocabulary import RATE_HZ

FIRST_REFLECTION_S = 0.006
"""Nothing but the direct sound arrives earlier: the next wall is a metre away."""

LOW_HZ = 1500.0
"""Above it, reverberation decays twice as fast: air and curtains swallow high frequencies."""


@lru_cache(maxsize=8)
def impulse_response(place: Place, seed: int) -> Samples:
    """Return the path (n,) from mouth to file: direct sound, exponentially decaying noise, microphone."""
    rng = seeding.generator(seed, "synthetic", place.name, "room")
    seconds = np.arange(int(place.rt60_s * RATE_HZ)) / RATE_HZ
    noise = rng.standard_normal(seconds.size)
    low = signal.sosfilt(signal.butter(2, LOW_HZ, fs=RATE_HZ, output="sos"), noise)
    tail = low * 10 ** (-3 * seconds / place.rt60_s) + (noise - low) * 10 ** (-6 * seconds / place.rt60_s)
    tail[seconds < FIRST_REFLECTION_S] = 0.0
    tail *= 10 ** (-place.direct_db / 20) / np.sqrt(np.sum(tail**2))
    tail[0] = 1.0
    return np.asarray(signal.fftconvolve(tail, microphone(place)), dtype=np.float32)


@lru_cache(maxsize=8)
def microphone(place: Place) -> NDArray[np.float64]:
    """Return the microphone as a filter (n,) of minimum phase: the place's gains, and nothing at 0 Hz."""
    hz, gain_db = np.array(place.microphone).T
    gains = 10 ** (np.array([-60.0, *gain_db, gain_db[-1]]) / 20)
    linear = signal.firwin2(255, [0.0, *hz, RATE_HZ / 2], gains, fs=RATE_HZ)
    return np.asarray(signal.minimum_phase(linear, half=False))
