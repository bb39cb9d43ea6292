"""The source–filter synthesiser: glottal pulses and noise through a cascade of formants.

After the acoustic theory of Fant (1960) and the cascade of Klatt (1980, JASA 67:971–995), with the moving
filter applied by overlap-add: each Hann-weighted piece of the source is multiplied by the response of its
moment, so the filter changes without clicks and without a loop over samples.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

from fedser.corpora.synthesis.expression import Expression
from fedser.corpora.synthesis.phonemes import NOISE_BANDS_HZ
from fedser.corpora.synthesis.prosody import BANDS, FRAME_S, ControlTracks
from fedser.corpora.synthesis.voice import Voice
from fedser.vocabulary import RATE_HZ

HOP = 160
WINDOW = 2 * HOP
POINTS = 900
"""Hop and window of the moving filter, and its transform: the window and 36 ms of ringing."""

BANDWIDTHS_HZ = (70.0, 90.0, 140.0)
HIGHER_FORMANTS_HZ = ((3500.0, 220.0), (4500.0, 280.0), (5500.0, 350.0), (6500.0, 450.0))
"""F4 to F7 with their bandwidths; they hardly move, so they belong to the voice."""

HIGHEST_HZ = 7000.0
"""Formants from here on are left out, for they would swell the end of the band."""

PULSE_TAPS = 8
"""Half the length of a pulse's band-limiting kernel, in samples."""

LEVEL_DB = -7.0
"""Brings speech to about 30 dB below full scale, so that a loud voice seldom exceeds it."""

Samples = NDArray[np.float32]


def speak(tracks: ControlTracks, voice: Voice, expression: Expression, rng: np.random.Generator) -> Samples:
    """Return the dry speech (n,) at 16 kHz of tracks of n / 80 frames."""
    size = round(tracks.f0_hz.size * FRAME_S * RATE_HZ)
    seconds = np.arange(size) / RATE_HZ
    frames = np.arange(tracks.f0_hz.size) * FRAME_S

    def track(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.interp(seconds, frames, values)

    pulses = _pulse_train(tracks, voice, size, rng)
    noise = rng.standard_normal(size)
    source = _glottis(pulses, voice.f0_hz, expression.tilt_hz)
    source += 0.006 * noise * track(tracks.aspiration)
    hiss = 0.03 * rng.standard_normal(size) * track(tracks.frication)
    every = round(HOP / RATE_HZ / FRAME_S)
    speech = filter_moving(source, cascade(tracks.formants_hz[::every], tracks.damping[::every], voice.tract))
    speech += filter_moving(hiss, _noise_bands()[tracks.band[::every]])
    return (10 ** ((expression.gain_db + LEVEL_DB) / 20) * speech).astype(np.float32)


def _pulse_train(tracks: ControlTracks, voice: Voice, size: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return band-limited pulses (size,), one a period, with jitter and shimmer and the voicing's amplitude."""
    frames = np.arange(tracks.f0_hz.size) * FRAME_S
    cycles = np.cumsum(tracks.f0_hz) * FRAME_S
    count = int(cycles[-1])
    numbers = np.arange(1, count) + np.cumsum(voice.jitter * rng.standard_normal(count - 1))
    times_s = np.interp(numbers, cycles, frames)
    # Power grows with the number of pulses; their height takes that back, so that level does not follow F0.
    height = np.interp(times_s, frames, tracks.voicing) * np.sqrt(120.0 / np.interp(times_s, frames, tracks.f0_hz))
    height *= 1 + 4 * voice.jitter * rng.standard_normal(height.size)
    position = times_s * RATE_HZ
    first = np.floor(position).astype(np.intp) - PULSE_TAPS + 1
    taps = first[:, None] + np.arange(2 * PULSE_TAPS)
    offset = taps - position[:, None]
    kernel = np.sinc(offset) * np.cos(np.pi / 2 * np.clip(offset / PULSE_TAPS, -1, 1)) ** 2
    inside = np.clip(taps, 0, size - 1)
    weights = (height[:, None] * kernel).ravel()
    return np.asarray(np.bincount(inside.ravel(), weights=weights, minlength=size), dtype=np.float64)


def _glottis(pulses: NDArray[np.float64], f0_hz: float, tilt_hz: float) -> NDArray[np.float64]:
    """Return the derivative of the glottal flow: a broad resonance at the glottal formant, then the tilt."""
    opening_hz = 1.1 * f0_hz
    resonance = _resonator(np.array([opening_hz]), np.array([0.9 * opening_hz]))[0]
    scale = 2 * np.pi * opening_hz / RATE_HZ
    shaped = signal.lfilter(np.array([1.0, -1.0]) * resonance.sum() / scale, resonance, pulses)
    pole = np.exp(-2 * np.pi * tilt_hz / RATE_HZ)
    return np.asarray(signal.lfilter([(1 - pole) ** 2], [1.0, -2 * pole, pole**2], shaped))


def _resonator(centre_hz: NDArray[np.float64], width_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the denominators (n, 3) of n two-pole resonators."""
    radius = np.exp(-np.pi * width_hz / RATE_HZ)
    return np.stack(
        [np.ones_like(radius), -2 * radius * np.cos(2 * np.pi * centre_hz / RATE_HZ), radius**2], axis=1
    )


def cascade(formants_hz: NDArray[np.float64], damping: NDArray[np.float64], tract: float) -> NDArray[np.complex64]:
    """Return the responses (n, bins) of n moments of the tract: seven resonances in a row, 1 at 0 Hz."""
    denominator = np.ones((1, 1))
    for centre_hz, width_hz in HIGHER_FORMANTS_HZ:
        # A short tract lifts its highest formant out of the band.
        if centre_hz * tract < HIGHEST_HZ:
            highs = _resonator(np.array([centre_hz * tract]), np.array([width_hz]))
            denominator = _multiply(denominator, highs)
    for number, width_hz in enumerate(BANDWIDTHS_HZ):
        denominator = _multiply(denominator, _resonator(formants_hz[:, number], width_hz * damping))
    response = denominator.sum(axis=1, keepdims=True) / fft.rfft(denominator, POINTS)
    return np.asarray(response, dtype=np.complex64)


def _multiply(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the products (n, k + 2) of polynomials (n or 1, k) and (n, 3)."""
    product = np.zeros((max(len(left), len(right)), left.shape[1] + 2))
    for power in range(3):
        product[:, power : power + left.shape[1]] += left * right[:, power : power + 1]
    return product


@lru_cache(maxsize=1)
def _noise_bands() -> NDArray[np.complex64]:
    """Return the amplitude responses (bands, bins) of the frication's noise bands."""
    hz = fft.rfftfreq(POINTS, 1 / RATE_HZ)
    centres_hz, widths_hz = np.array([NOISE_BANDS_HZ[name] for name in BANDS]).T[:, :, None]
    return np.asarray(np.exp(-0.5 * ((hz - centres_hz) / (0.6 * widths_hz)) ** 2), dtype=np.complex64)


def filter_moving(source: NDArray[np.float64], responses: NDArray[np.complex64]) -> Samples:
    """Return the source (n,) filtered by responses (m, bins), one every `HOP` samples."""
    padded = np.zeros((len(responses) + 1) * HOP, dtype=np.float32)
    padded[HOP : HOP + source.size] = source
    window = signal.get_window("hann", WINDOW).astype(np.float32)
    pieces = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][: len(responses)] * window
    filtered = fft.irfft(fft.rfft(pieces, POINTS) * responses, POINTS)
    return _overlap_add(filtered)[HOP : HOP + source.size]


def _overlap_add(pieces: Samples) -> Samples:
    """Return pieces (m, POINTS) summed, each `HOP` samples after the one before."""
    blocks = -(-POINTS // HOP)
    padded = np.pad(pieces, ((0, 0), (0, blocks * HOP - POINTS))).reshape(len(pieces), blocks, HOP)
    out = np.zeros((len(pieces) + blocks, HOP), dtype=np.float32)
    for block in range(blocks):
        out[block : block + len(pieces)] += padded[:, block]
    return out.ravel()
