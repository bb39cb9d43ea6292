"""The other tables: many people talking at once, made of the corpus' own utterances."""

from collections.abc import Sequence

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from fedser.acoustics.activity import active_power
from fedser.acoustics.noise import ROOM, SIZE, Bed, knocks, shaped, unit
from fedser.vocabulary import RATE_HZ

TALKERS = 8
UTTERANCES = 80
"""At most so many are listened to: ten for each talker."""
SPREAD_DB = 3.0
"""Standard deviation of how loud talkers are: some sit nearer."""


def babble(utterances: Sequence[NDArray[np.float32]], rt60_s: float, rng: np.random.Generator) -> Bed:
    """Return a loop of `TALKERS` voices in a room's late reverberation, cups, and a low murmur.

    utterances: waveforms (n,) at 16 kHz, at least one with sound in it. Each talker says some of them over
    and over, with pauses.
    """
    tables = np.zeros(SIZE)
    for talker in range(TALKERS):
        mine = [utterances[k % len(utterances)] for k in range(talker, max(len(utterances), TALKERS), TALKERS)]
        loudness = 10 ** (SPREAD_DB * rng.standard_normal() / 20)
        tables += loudness * _from_afar(_talk(mine, rng), rt60_s, rng)
    return unit(tables) + 0.2 * shaped(rng, ROOM) + 0.2 * knocks(rng, 1.5, 3500.0, 0.03)


def _talk(utterances: Sequence[NDArray[np.float32]], rng: np.random.Generator) -> Bed:
    """Return a loop of one talker, each utterance at the same active level."""
    track = np.zeros(SIZE)
    at, spoken, k = int(rng.integers(SIZE)), 0, 0
    while spoken < SIZE:
        speech = utterances[k % len(utterances)][: SIZE - spoken].astype(np.float64)
        power = active_power(speech)
        if power > 0:
            track[(at + spoken + np.arange(len(speech))) % SIZE] += speech / np.sqrt(power)
        spoken += len(speech) + int(rng.uniform(0.1, 1.0) * RATE_HZ)
        k += 1
    return track


def _from_afar(track: Bed, rt60_s: float, rng: np.random.Generator) -> Bed:
    """Return a loop as it arrives from all sides: through noise that decays by 60 dB in `rt60_s`."""
    if rt60_s == 0.0:
        return track
    seconds = np.arange(int(rt60_s * RATE_HZ)) / RATE_HZ
    tail = rng.standard_normal(seconds.size) * 10 ** (-3 * seconds / rt60_s)
    tail /= np.sqrt(np.sum(tail**2))
    return np.asarray(scipy.fft.irfft(scipy.fft.rfft(track) * scipy.fft.rfft(tail, SIZE), SIZE))
