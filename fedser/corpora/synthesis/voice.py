"""Voices: who speaks in a place, drawn from the place's population."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Voice:
    """What stays the same whatever a speaker feels.

    `tract` multiplies the formants (1 for a male tract of 17 cm, about 1.17 for a female one), `jitter` is
    the relative deviation of a period, `breath` the amplitude of aspiration beside voicing of 1,
    `tilt_hz` the corner above which the glottal source falls by another 12 dB an octave, `rate` multiplies
    the speed, `level_db` is how loud the speaker arrives at the microphone, and `expressiveness`
    multiplies how far activation moves the voice.
    """

    gender: str
    f0_hz: float
    tract: float
    jitter: float
    breath: float
    tilt_hz: float
    rate: float
    level_db: float
    expressiveness: float


@dataclass(frozen=True)
class Anatomy:
    """The mean F0 and tract of one gender."""

    f0_hz: float
    tract: float


@dataclass(frozen=True)
class Population:
    """The speakers met in a place: means, from which each voice deviates.

    `genders` is repeated over the speakers, so that every few of them hold both.
    """

    genders: tuple[str, ...]
    female: Anatomy
    male: Anatomy
    breath: float
    tilt_hz: float
    rate: float
    level_db: float
    expressiveness: float


def draw_voice(population: Population, speaker: int, rng: np.random.Generator) -> Voice:
    """Return the voice of speaker number `speaker` of the population."""
    gender = population.genders[speaker % len(population.genders)]
    anatomy = population.female if gender == "female" else population.male
    return Voice(
        gender=gender,
        f0_hz=anatomy.f0_hz * np.exp(0.11 * rng.standard_normal()),
        tract=anatomy.tract * np.exp(0.035 * rng.standard_normal()),
        jitter=rng.uniform(0.004, 0.014),
        breath=population.breath * np.exp(0.4 * rng.standard_normal()),
        tilt_hz=population.tilt_hz * np.exp(0.2 * rng.standard_normal()),
        rate=population.rate * np.exp(0.09 * rng.standard_normal()),
        level_db=population.level_db + 2.0 * rng.standard_normal(),
        expressiveness=population.expressiveness * np.exp(0.2 * rng.standard_normal()),
    )
