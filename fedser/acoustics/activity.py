"""The level of speech while somebody speaks: pauses do not count (ITU-T P.56, method B)."""

import numpy as np
from numpy.typing import NDArray
from scipy import signal
from scipy.ndimage import maximum_filter1d

from fedser.vocabulary import RATE_HZ

TIME_CONSTANT_S = 0.03
HANGOVER_S = 0.2
MARGIN_DB = 15.9
GRID_DB = 0.25
"""P.56 doubles its thresholds and interpolates between them; finer ones leave less to that."""
DEPTH_DB = 80.0
STRIDE = 8
"""The envelope is read every half millisecond: it cannot change faster."""


def active_power(waveform: NDArray[np.floating]) -> float:
    """Return the mean square of (n,) samples at 16 kHz over the time in which speech is active; 0 of silence.

    Time is active while the envelope (two averages of 30 ms, one after the other), or its peak in the last
    200 ms, is above a threshold 15.9 dB below the active level itself.
    """
    samples = np.asarray(waveform, dtype=np.float64)
    energy = float(np.sum(samples**2))  # not BLAS, whose last bits may depend on its number of threads
    peaks_db = _envelope_db(samples)
    if energy == 0.0 or not np.isfinite(peaks_db).any():
        return 0.0
    top = float(peaks_db.max())
    thresholds_db = top - DEPTH_DB + np.arange(0.0, DEPTH_DB + GRID_DB / 2, GRID_DB)
    thresholds_db[-1] = top  # nothing is active above it
    active = np.searchsorted(np.sort(-peaks_db), -thresholds_db, side="right") / len(peaks_db)
    levels_db = 10 * np.log10(energy / len(samples) / active)
    return float(10 ** (_crossing(levels_db, levels_db - thresholds_db) / 10))


def _envelope_db(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the highest envelope within the hangover before each half millisecond, in dB of power."""
    pole = np.exp(-1 / (TIME_CONSTANT_S * RATE_HZ))
    square = (1 - pole) ** 2
    envelope = signal.lfilter([square], [1.0, -2 * pole, pole**2], np.abs(samples))[::-STRIDE][::-1]
    width = int(HANGOVER_S * RATE_HZ) // STRIDE
    held = maximum_filter1d(envelope, width + 1, mode="constant", cval=0.0, origin=width // 2)
    with np.errstate(divide="ignore"):
        return np.asarray(20 * np.log10(np.maximum(held, 0.0)))


def _crossing(levels_db: NDArray[np.float64], above_db: NDArray[np.float64]) -> float:
    """Return the level that lies `MARGIN_DB` above its threshold: the first, as thresholds rise.

    Where none lies so near its threshold (a click), the level at the highest; at the lowest if all do.
    """
    near = above_db <= MARGIN_DB
    first = int(np.argmax(near)) if near.any() else len(near) - 1
    if first == 0 or not near.any():
        return float(levels_db[first])
    share = (above_db[first - 1] - MARGIN_DB) / (above_db[first - 1] - above_db[first])
    return float(levels_db[first - 1] + share * (levels_db[first] - levels_db[first - 1]))
