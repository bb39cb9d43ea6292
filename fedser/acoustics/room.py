"""A room: a shoebox of a given RT60, what its walls absorb found by measuring what they leave.

The image-source method (Allen & Berkley, JASA 1979) as pyroomacoustics computes it. Formulas for the
absorption miss a target by up to half, so it is calibrated on the measured decay.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyroomacoustics as pra
from numpy.typing import NDArray
from pyroomacoustics.experimental import measure_rt60

from fedser import seeding
from fedser.errors import ConfigError
from fedser.vocabulary import RATE_HZ

SOUND_M_S = 343.0
PREDELAY = pra.constants.get("frac_delay_length") // 2
"""Samples by which pyroomacoustics' fractional delays ring before the direct sound."""

DECAY_DB = 30.0
"""RT60 is extrapolated from a fall of 30 dB after the first 5 (T30 of ISO 3382-1)."""
CLOSE_ENOUGH = 0.02
TRIES = 12
HIGHEST_ORDER = 250
"""Reflections on one way; the images grow with its cube (250: some ten seconds a try)."""

Response = NDArray[np.float64]
Point = NDArray[np.float64]


@dataclass(frozen=True)
class Room:
    """Length, width and height in metres; reverberation time; how far the microphone is from the mouth."""

    size_m: tuple[float, float, float]
    rt60_s: float
    distance_m: float

    @property
    def order(self) -> int:
        """How many reflections a sound can have met within the reverberation time."""
        return math.ceil(SOUND_M_S * self.rt60_s * math.sqrt(sum(side**-2 for side in self.size_m)))


def impulse_response(room: Room, seed: int) -> Response:
    """Return the way (n,) from mouth to microphone at 16 kHz, of unit energy; direct sound at `PREDELAY`.

    Raises ConfigError if the room cannot have that reverberation time.
    """
    if room.order > HIGHEST_ORDER:
        longest = room.rt60_s * HIGHEST_ORDER / room.order
        raise ConfigError(
            f"a room of {_size(room)} m with an RT60 of {room.rt60_s:g} s takes too many reflections;"
            f" expected at most {longest:.1f} s, or a larger room"
        )
    source, microphone = _positions(room, seed)
    # Twice the absorption, half the time: each try is scaled by what the last one missed.
    absorption = 6 * math.log(10) / (SOUND_M_S * room.rt60_s) / 1.5
    for _ in range(TRIES):
        response = _build(room, absorption, source, microphone)
        measured = reverberation_s(response)
        if abs(measured / room.rt60_s - 1) < CLOSE_ENOUGH:
            return response
        absorption *= min(max(measured / room.rt60_s, 0.5), 2.0)
    raise ConfigError(
        f"a room of {_size(room)} m cannot have an RT60 of {room.rt60_s:g} s (measured {measured:.2f} s);"
        " choose a time nearer to it, or another size"
    )


def reverberation_s(response: NDArray[Any]) -> float:
    """Return the RT60 in seconds of an impulse response (n,), by Schroeder's backward integration."""
    return float(measure_rt60(response, RATE_HZ, decay_db=DECAY_DB))


def _positions(room: Room, seed: int) -> tuple[Point, Point]:
    """Draw where the mouth and the microphone are: off the walls, and off the middle where modes vanish."""
    size = np.array(room.size_m)
    margin = np.minimum(0.5, 0.2 * size)
    rng = seeding.generator(seed, "acoustics", "positions", *(f"{side:g}" for side in room.size_m))
    distance = min(room.distance_m, 0.4 * float(size[:2].min()))
    while True:
        microphone = margin + rng.random(3) * (size - 2 * margin)
        direction = rng.standard_normal(3) * (1.0, 1.0, 0.3)  # people are about as high as microphones
        source = microphone + distance * direction / np.linalg.norm(direction)
        if ((source > margin) & (source < size - margin)).all():
            return source, microphone


def _build(
    room: Room, absorption: float, source: NDArray[np.float64], microphone: NDArray[np.float64]
) -> Response:
    """Return the response with walls that absorb `absorption` nepers of energy per metre between them.

    In proportion to the distance between walls, so that sound decays alike in all directions. With the same
    material everywhere a flat room rings on between its far walls: its decay has no one RT60.
    """
    shares = [min(0.99, -math.expm1(-absorption * side)) for side in room.size_m]
    walls = (("west", "east"), ("south", "north"), ("floor", "ceiling"))
    materials = {name: pra.Material(share) for names, share in zip(walls, shares, strict=True) for name in names}
    threads = pra.constants.get("num_threads")
    pra.constants.set("num_threads", 1)  # several would add up in an order of their own
    try:
        shoebox = pra.ShoeBox(room.size_m, fs=RATE_HZ, materials=materials, max_order=room.order)
        shoebox.add_source(source)
        shoebox.add_microphone(microphone)
        shoebox.compute_rir()
    finally:
        pra.constants.set("num_threads", threads)
    direct = round(float(np.linalg.norm(source - microphone)) / SOUND_M_S * RATE_HZ)
    response = np.asarray(shoebox.rir[0][0], dtype=np.float64)[direct:]
    response = response[: int(1.1 * room.rt60_s * RATE_HZ) + 2 * PREDELAY]
    return np.asarray(response / np.sqrt(np.sum(response**2)))


def _size(room: Room) -> str:
    return " × ".join(f"{side:g}" for side in room.size_m)
