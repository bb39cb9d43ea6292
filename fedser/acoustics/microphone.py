"""Microphones: how far from the mouth, what they make of each frequency, and the telephone's codec."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from fedser.acoustics.filter import Filter
from fedser.vocabulary import RATE_HZ

TAPS = 601
"""Odd, so that the delay of the linear phase is whole; 600 taps reach −60 dB within 100 Hz of an edge."""

PHONE_BAND_HZ = (300.0, 3400.0)
_EDGE_HZ = 40.0
"""How far inside its band the telephone is 6 dB down, so that next to nothing lies outside."""

MU = 255.0
CODES = 127.0
"""Steps on each side of zero: 8 bits, with one zero."""


@dataclass(frozen=True)
class Microphone:
    """A kind of microphone.

    distance_m: from the mouth, at most; in a small room it is closer. gains_db: (Hz, dB) points, joined in
    straight lines; none for a flat one. codec: whether it is heard through a telephone line.
    """

    distance_m: float
    gains_db: tuple[tuple[float, float], ...] = ()
    codec: bool = False

    @property
    def transparent(self) -> bool:
        """Whether it leaves a waveform as it is."""
        return not self.gains_db and not self.codec


MICROPHONES = {
    "flat": Microphone(1.0),
    # Under the chin: the chest resonates near 700 Hz and the head shades what lies above 2 kHz.
    "collar": Microphone(0.2, ((50, -20), (120, 0), (400, 0), (700, 4), (1000, 1), (2000, -4), (8000, -10))),
    # A conference unit: a filter against footfall, and a small capsule that is dull at the top.
    "far": Microphone(2.0, ((60, -30), (120, -3), (200, 0), (4000, 0), (6000, -3), (8000, -8))),
    "phone": Microphone(0.08, codec=True),
}


@lru_cache(maxsize=8)
def linear_part(name: str) -> Filter:
    """Return the filter of a microphone, of linear phase, its delay taken back."""
    microphone = MICROPHONES[name]
    if microphone.codec:
        low, high = PHONE_BAND_HZ
        band = [low + _EDGE_HZ, high - _EDGE_HZ]
        taps = signal.firwin(TAPS, band, window=("kaiser", 5.65), pass_zero=False, fs=RATE_HZ)
    elif microphone.gains_db:
        hz, gain_db = np.array(microphone.gains_db, dtype=np.float64).T
        gains = 10 ** (np.array([gain_db[0] - 20, *gain_db]) / 20)
        taps = signal.firwin2(TAPS, [0.0, *hz], gains, fs=RATE_HZ)
    else:
        return Filter(np.ones(1), 0)
    return Filter(np.asarray(taps, dtype=np.float64), TAPS // 2)


def transmit(waveform: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what a telephone's far end hears of (n,) samples at 16 kHz that lie within its band.

    Every second sample (8 kHz), 8 bits by the continuous µ-law of ITU-T G.711 (beyond ±1 the codec is
    overdriven), and back to 16 kHz through the receiver's filter, which is the band once more.
    """
    sent = np.clip(waveform[::2], -1.0, 1.0)
    codes = np.rint(CODES * np.sign(sent) * np.log1p(MU * np.abs(sent)) / np.log1p(MU))
    received = np.zeros(len(waveform))
    received[::2] = 2.0 * np.sign(codes) * np.expm1(np.abs(codes) / CODES * np.log1p(MU)) / MU
    return linear_part("phone").apply(received)
