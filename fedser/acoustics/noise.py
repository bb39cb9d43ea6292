"""What is heard beside the speaker: generated beds that repeat without a seam.

Shaped noise is made by its spectrum and events are laid round a loop, so that a stretch from any moment on,
of any length, is as good as another.
"""

from collections.abc import Callable

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from fedser.vocabulary import RATE_HZ

LOOP_S = 60
SIZE = LOOP_S * RATE_HZ

Bed = NDArray[np.float64]
Points = tuple[tuple[float, float], ...]
"""(Hz, dB) of a spectrum's corners, joined in straight lines over the logarithm of frequency."""

PINK: Points = ((20.0, 0.0), (8000.0, -26.0))
ROOM: Points = ((30.0, 0.0), (400.0, -6.0), (8000.0, -40.0))
FAN: Points = ((40.0, -6.0), (150.0, 0.0), (600.0, -6.0), (2500.0, -20.0), (8000.0, -36.0))
TRAFFIC: Points = ((30.0, 0.0), (120.0, 0.0), (600.0, -9.0), (1500.0, -11.0), (4000.0, -24.0), (8000.0, -38.0))
TYRES: Points = ((100.0, -30.0), (500.0, -6.0), (1000.0, 0.0), (2500.0, -6.0), (8000.0, -26.0))
ROAD: Points = ((25.0, 0.0), (80.0, 0.0), (200.0, -12.0), (1000.0, -26.0), (8000.0, -50.0))


def unit(bed: Bed) -> Bed:
    """Return a bed (n,) of mean square 1; silence stays silence."""
    power = float(np.mean(bed**2))
    return bed / np.sqrt(power) if power > 0 else bed


def shaped(rng: np.random.Generator, points: Points) -> Bed:
    """Return a loop (`SIZE`,) of noise with this spectrum, nothing below 20 Hz, of mean square 1."""
    spectrum = scipy.fft.rfft(rng.standard_normal(SIZE))
    frequencies = np.fft.rfftfreq(SIZE, 1 / RATE_HZ)
    hz, gain_db = np.array(points).T
    gains = 10 ** (np.interp(np.log(np.maximum(frequencies, 1.0)), np.log(hz), gain_db) / 20)
    gains[frequencies < 20.0] = 0.0
    return unit(np.asarray(scipy.fft.irfft(spectrum * gains, SIZE)))


def knocks(rng: np.random.Generator, per_second: float, centre_hz: float, decay_s: float) -> Bed:
    """Return short ringing sounds at random moments of a loop, of mean square 1: keys, cups."""
    bed = np.zeros(SIZE)
    seconds = np.arange(int(6 * decay_s * RATE_HZ)) / RATE_HZ
    for _ in range(int(per_second * LOOP_S)):
        ring = np.cos(2 * np.pi * centre_hz * np.exp(0.3 * rng.standard_normal()) * seconds)
        ring += 0.5 * rng.standard_normal(seconds.size)
        places = (int(rng.integers(SIZE)) + np.arange(seconds.size)) % SIZE
        bed[places] += rng.uniform(0.3, 1.0) * ring * np.exp(-seconds / decay_s)
    return unit(bed)


def pink(rng: np.random.Generator) -> Bed:
    """Return noise that falls by 3 dB an octave above 20 Hz."""
    return shaped(rng, PINK)


def hum(rng: np.random.Generator) -> Bed:
    """Return mains hum: 50 Hz and its multiples, the even ones louder as behind a rectifier, over faint noise."""
    seconds = np.arange(SIZE) / RATE_HZ
    tones = np.zeros(SIZE)
    for k in range(1, 21):
        strength = (2.0 if k % 2 == 0 else 1.0) / k
        tones += strength * np.sin(2 * np.pi * 50.0 * k * seconds + rng.uniform(0, 2 * np.pi))
    return unit(tones) + 0.1 * shaped(rng, ROOM)


def household(rng: np.random.Generator) -> Bed:
    """Return a refrigerator in the next room and a quiet flat."""
    return 0.5 * hum(rng) + shaped(rng, ROOM)


def ventilation(rng: np.random.Generator) -> Bed:
    """Return an office's ventilation and somebody typing."""
    return shaped(rng, FAN) + 0.35 * knocks(rng, 5.0, 2500.0, 0.004)


def street(rng: np.random.Generator) -> Bed:
    """Return far traffic, and cars that pass: each a swell of rumble and tyres of some seconds."""
    return shaped(rng, TRAFFIC) + _passing(rng) * (0.7 * shaped(rng, TRAFFIC) + 0.7 * shaped(rng, TYRES))


def car(rng: np.random.Generator) -> Bed:
    """Return the road below a car, the wind around it and an engine at some 2000 turns a minute."""
    seconds = np.arange(SIZE) / RATE_HZ
    turns = 34.0 * seconds + 4.0 * np.sin(2 * np.pi * 3 * seconds / LOOP_S)  # whole in a loop
    engine = sum(np.sin(2 * np.pi * k * turns + rng.uniform(0, 2 * np.pi)) / k for k in (1, 2, 3, 4, 6, 8))
    return shaped(rng, ROAD) + 0.12 * pink(rng) + 0.4 * unit(np.asarray(engine))


def _passing(rng: np.random.Generator) -> Bed:
    """Return the amplitude of twelve cars that pass in a minute: each 1 / (1 + (time / 1 to 2 s)²)."""
    seconds = np.arange(SIZE) / RATE_HZ
    swell = np.zeros(SIZE)
    for _ in range(12):
        nearest, speed = rng.uniform(0, LOOP_S), rng.uniform(0.8, 2.0)
        away = (seconds - nearest + LOOP_S / 2) % LOOP_S - LOOP_S / 2
        swell += rng.uniform(0.5, 1.5) / (1 + (away / speed) ** 2)
    return swell


GENERATED: dict[str, Callable[[np.random.Generator], Bed]] = {
    "pink": pink,
    "hum": hum,
    "household": household,
    "ventilation": ventilation,
    "street": street,
    "car": car,
}
"""Noise that needs nothing but a stream; babble and recordings need files."""
