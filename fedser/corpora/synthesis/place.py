"""Three places: who speaks there, the room, the microphone, and what else is heard.

They differ in all of it, so that going from one to another is a real domain shift.
"""

from dataclasses import dataclass
from typing import Literal

from fedser.corpora.synthesis.voice import Anatomy, Population


@dataclass(frozen=True)
class Place:
    """An environment: its population, its reverberation, its microphone and its background.

    `rt60_s` is the time in which the low reverberation falls by 60 dB, `direct_db` the level of the direct
    sound over it, `microphone` the gains in dB at some frequencies in Hz, `background_db` the RMS level re
    full scale, and `levelling` the share of a recording's distance from the usual level that an automatic
    gain takes back. With it the loud are hardly louder than the quiet, only less noisy: what a model
    learned about level without it misleads.
    """

    name: str
    population: Population
    rt60_s: float
    direct_db: float
    microphone: tuple[tuple[float, float], ...]
    background: Literal["refrigerator", "ventilation", "babble"]
    background_db: float
    levelling: float = 0.0


HOME = Place(
    name="home",
    population=Population(
        genders=("female", "male"),
        female=Anatomy(f0_hz=205.0, tract=1.16),
        male=Anatomy(f0_hz=118.0, tract=1.0),
        breath=0.07,
        tilt_hz=2400.0,
        rate=1.0,
        level_db=0.0,
        expressiveness=1.0,
    ),
    rt60_s=0.35,
    direct_db=6.0,
    microphone=((90.0, -6.0), (200.0, 0.0), (3000.0, 1.0), (6500.0, 0.0), (7800.0, -8.0)),
    background="refrigerator",
    background_db=-57.0,
)

OFFICE = Place(
    name="office",
    population=Population(
        genders=("male", "female", "male"),
        female=Anatomy(f0_hz=190.0, tract=1.14),
        male=Anatomy(f0_hz=105.0, tract=0.97),
        breath=0.1,
        tilt_hz=1900.0,
        rate=0.92,
        level_db=-3.0,
        expressiveness=0.8,
    ),
    rt60_s=0.45,
    direct_db=5.0,
    microphone=((90.0, -8.0), (200.0, -1.0), (1500.0, 2.0), (3000.0, 2.0), (6500.0, -2.0), (7800.0, -10.0)),
    background="ventilation",
    background_db=-58.0,
)

CAFE = Place(
    name="cafe",
    population=Population(
        genders=("female", "male", "female"),
        female=Anatomy(f0_hz=228.0, tract=1.19),
        male=Anatomy(f0_hz=135.0, tract=1.03),
        breath=0.05,
        tilt_hz=3300.0,
        rate=1.08,
        level_db=4.0,
        expressiveness=1.1,
    ),
    rt60_s=0.55,
    direct_db=4.0,
    microphone=((90.0, -4.0), (200.0, 1.0), (1500.0, -1.0), (3000.0, 0.0), (6500.0, -2.0), (7800.0, -8.0)),
    background="babble",
    background_db=-50.0,
    levelling=0.9,
)

PLACES = {place.name: place for place in (HOME, OFFICE, CAFE)}
"""The places by name, in the order in which they are usually met."""
