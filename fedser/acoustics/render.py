"""An utterance as it is heard in an environment, and what was achieved."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fedser.acoustics.activity import active_power
from fedser.acoustics.environment import Environment
from fedser.acoustics.microphone import MICROPHONES, transmit
from fedser.arrays import Floats

NOMINAL_DB = -26.0
"""Where speech is expected, dB re full scale (ITU-T P.56's nominal level): the background of a silent file."""


@dataclass(frozen=True)
class Achieved:
    """What was measured: speech-active power over noise power, and the room's reverberation time.

    snr_db: infinite without noise, minus infinite without speech. rt60_s: 0 without a room.
    """

    snr_db: float
    rt60_s: float


def render(
    waveform: Floats, environment: Environment, stream: np.random.Generator | None = None
) -> tuple[Floats, Achieved]:
    """Return a waveform (n,) at 16 kHz as heard in an environment, (n,), and what was achieved.

    stream: draws the stretch of background; by default the utterance's own, keyed by the environment and a
        digest of the samples, so that it depends on no order and no process.
    The gain is that of the environment, not of the utterance: the room has unit energy and the microphone
    unit gain, so loud speech stays loud. Nothing is clipped but by the telephone's codec. In a clean
    environment the very waveform comes back. Raises ValueError if it is not (n,), n ≥ 1, and finite.
    """
    if waveform.ndim != 1 or not len(waveform) or not np.isfinite(waveform).all():
        raise ValueError(f"a waveform of finite samples (n,), n ≥ 1, was expected, got shape {waveform.shape}")
    if environment.clean:
        return waveform, Achieved(np.inf, 0.0)
    speech = environment.speech_path().apply(waveform)
    mixture, snr_db = speech, np.inf
    if environment.background is not None:
        power = active_power(speech)
        stretch = _stretch(environment, len(waveform), stream or environment.stream(digest_of(waveform)))
        mixture = speech + _gain(power, stretch, environment.options.snr_db) * stretch
        snr_db = _ratio_db(power, mixture - speech)
    if MICROPHONES[environment.options.microphone].codec:
        mixture = transmit(mixture)
    return mixture.astype(np.float32), Achieved(snr_db, environment.rt60_s)


def digest_of(waveform: Floats) -> str:
    """Return a digest of the samples of a waveform (n,)."""
    samples = np.ascontiguousarray(waveform, dtype="<f4")
    return hashlib.blake2b(samples.data, digest_size=16).hexdigest()


def _stretch(environment: Environment, size: int, stream: np.random.Generator) -> NDArray[np.float64]:
    """Return `size` samples of the background from a random moment on; it repeats without a seam."""
    bed = environment.bed()
    start = int(stream.integers(len(bed)))
    if start + size <= len(bed):
        return bed[start : start + size].astype(np.float64)
    return np.take(bed, np.arange(start, start + size), mode="wrap").astype(np.float64)


def _gain(speech_power: float, stretch: NDArray[np.float64], snr_db: float) -> float:
    """Return what the stretch is multiplied by; a stretch without sound cannot be made louder."""
    power = float(np.mean(stretch**2))
    if power == 0.0:
        return 0.0
    return float(np.sqrt((speech_power or 10 ** (NOMINAL_DB / 10)) * 10 ** (-snr_db / 10) / power))


def _ratio_db(speech_power: float, noise: NDArray[np.float64]) -> float:
    power = float(np.mean(noise**2))
    if power == 0.0:
        return np.inf
    return float(10 * np.log10(speech_power / power)) if speech_power > 0 else -np.inf
