"""What is heard beside the speaker: a refrigerator, a ventilated office, a full café."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy import signal

from fedser import seeding
from fedser.arrays import Doubles
from fedser.corpora.synthesis import prosody, synthesiser
from fedser.corpora.synthesis.expression import draw_emotion, express
from fedser.corpora.synthesis.place import Place
from fedser.corpora.synthesis.room import impulse_response, microphone
from fedser.corpora.synthesis.synthesiser import Samples
from fedser.corpora.synthesis.voice import draw_voice
from fedser.vocabulary import RATE_HZ

LENGTH_S = 20
"""Made once for a place; an utterance hears a stretch of it, wrapped, from a random moment on."""

TALKERS = 8


@lru_cache(maxsize=8)
def background(place: Place, seed: int) -> Samples:
    """Return `LENGTH_S` seconds of the place's noise, at its level, as its microphone records it."""
    rng = seeding.generator(seed, "synthetic", place.name, "background")
    bed = signal.fftconvolve(_KINDS[place.background](place, seed, rng), microphone(place), mode="same")
    return (10 ** (place.background_db / 20) * _unit(bed)).astype(np.float32)


def _coloured(rng: np.random.Generator, corner_hz: float) -> Doubles:
    """Return noise that falls by 6 dB an octave above the corner."""
    pole = np.exp(-2 * np.pi * corner_hz / RATE_HZ)
    return np.asarray(signal.lfilter([1.0], [1.0, -pole], rng.standard_normal(LENGTH_S * RATE_HZ)))


def _knocks(rng: np.random.Generator, per_second: float, centre_hz: float, decay_s: float) -> Doubles:
    """Return short ringing sounds at random moments: keys, cups."""
    bed = np.zeros(LENGTH_S * RATE_HZ)
    seconds = np.arange(int(6 * decay_s * RATE_HZ)) / RATE_HZ
    for _ in range(int(per_second * LENGTH_S)):
        start = int(rng.integers(bed.size - seconds.size))
        ring = np.cos(2 * np.pi * centre_hz * np.exp(0.3 * rng.standard_normal()) * seconds)
        ring += 0.5 * rng.standard_normal(seconds.size)
        bed[start : start + seconds.size] += rng.exponential() * ring * np.exp(-seconds / decay_s)
    return bed


def _unit(noise: Doubles) -> Doubles:
    return np.asarray(noise / np.sqrt(np.mean(noise**2)))


def _refrigerator(place: Place, seed: int, rng: np.random.Generator) -> Doubles:
    """Return mains hum over a quiet room."""
    seconds = np.arange(LENGTH_S * RATE_HZ) / RATE_HZ
    hum = sum(np.sin(2 * np.pi * 50 * k * seconds + rng.uniform(0, 6.28)) / k for k in range(1, 9))
    return _unit(np.asarray(hum)) + _unit(_coloured(rng, 300.0))


def _ventilation(place: Place, seed: int, rng: np.random.Generator) -> Doubles:
    """Return a fan and somebody typing."""
    return _unit(_coloured(rng, 900.0)) + 0.5 * _unit(_knocks(rng, 5.0, 2500.0, 0.004))


def _babble(place: Place, seed: int, rng: np.random.Generator) -> Doubles:
    """Return the other tables talking, and cups."""
    tables = np.zeros(LENGTH_S * RATE_HZ)
    for talker in range(TALKERS):
        voice = draw_voice(place.population, talker, rng)
        start = int(rng.integers(tables.size))
        for _ in range(3):
            emotion = draw_emotion(rng)
            expression = express(voice, emotion, rng)
            _, stretches = prosody.compose(voice, expression, emotion.shown_valence, rng)
            tracks = prosody.control_tracks(stretches, voice, expression, rng)
            speech = synthesiser.speak(tracks, voice, expression, rng)
            tables[np.arange(start, start + speech.size) % tables.size] += speech
            start += speech.size
    far = signal.fftconvolve(tables, impulse_response(place, seed), mode="same")
    return _unit(far) + 0.4 * _unit(_coloured(rng, 400.0)) + 0.35 * _unit(_knocks(rng, 2.0, 3500.0, 0.03))


_KINDS: dict[str, Callable[[Place, int, np.random.Generator], Doubles]] = {
    "refrigerator": _refrigerator,
    "ventilation": _ventilation,
    "babble": _babble,
}
