"""Rooms: what was asked for is what is measured, by a measurement of another hand."""

import numpy as np
import pyroomacoustics as pra
import pytest

from fedser.acoustics import PRESETS
from fedser.acoustics.room import PREDELAY, Room, impulse_response
from fedser.errors import ConfigError

REVERBERANT = [name for name, table in PRESETS.items() if "rt60_s" in table]


def decay_time(response, fall_db):
    """Return the RT60 of a response from the line through its decay between −5 dB and −5 − fall_db (ISO 3382)."""
    energy = np.cumsum(response.astype(np.float64)[::-1] ** 2)[::-1]
    level_db = 10 * np.log10(energy / energy[0] + 1e-30)
    # A close microphone hears the direct sound first: the decay starts below it.
    start = max(int(np.argmax(level_db < -5)), PREDELAY + 16)
    inside = np.flatnonzero((np.arange(len(level_db)) >= start) & (level_db > level_db[start] - fall_db))
    return -60 / np.polyfit(inside / 16000, level_db[inside], 1)[0]


@pytest.mark.parametrize("name", REVERBERANT)
def test_the_reverberation_time_of_every_preset(name, presets):
    target, response = PRESETS[name]["rt60_s"], presets[name].room.load()
    assert presets[name].rt60_s == pytest.approx(target, rel=0.03)
    assert decay_time(response, 30) == pytest.approx(target, rel=0.15)


@pytest.mark.parametrize("name", ["home", "office", "café", "phone"])
def test_the_decay_is_even(name, presets):
    """With the same walls all round, T20 and T60 of the café are 1.27 and 1.75 s."""
    target, response = PRESETS[name]["rt60_s"], presets[name].room.load()
    assert decay_time(response, 20) == pytest.approx(target, rel=0.15)
    assert decay_time(response, 50) == pytest.approx(target, rel=0.15)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("size", "rt60_s"), [((4.0, 3.0, 2.4), 0.25), ((8.0, 6.0, 3.0), 0.5), ((6.0, 5.0, 3.0), 0.6)]
)
def test_other_rooms_and_positions(size, rt60_s, seed):
    response = impulse_response(Room(size, rt60_s, 1.0), seed)
    assert decay_time(response, 30) == pytest.approx(rt60_s, rel=0.15)
    assert np.sum(response**2) == pytest.approx(1.0)
    # The first sound is the direct one; its fractional delay is within a sample of where it is said to be.
    assert abs(int(np.argmax(np.abs(response[: PREDELAY + 8]))) - PREDELAY) <= 1


def test_a_room_is_the_same_again_and_another_by_its_seed():
    room = Room((4.0, 3.0, 2.4), 0.2, 1.0)
    first, threads = impulse_response(room, 0), pra.constants.get("num_threads")
    np.random.seed(1)  # noqa: NPY002
    pra.constants.set("num_threads", 4)
    try:
        assert impulse_response(room, 0).tobytes() == first.tobytes()
        assert pra.constants.get("num_threads") == 4
    finally:
        pra.constants.set("num_threads", threads)
    assert impulse_response(room, 1).tobytes() != first.tobytes()


def test_farther_away_there_is_less_direct_sound():
    size = (8.0, 6.0, 3.0)
    near, far = (impulse_response(Room(size, 0.5, distance), 0) for distance in (0.2, 2.0))
    direct = slice(0, 2 * PREDELAY)
    assert np.sum(near[direct] ** 2) > 0.9
    assert np.sum(far[direct] ** 2) < 0.5


def test_impossible_rooms_are_refused():
    with pytest.raises(ConfigError, match=r"a room of 1 × 1 × 1 m .* too many reflections; expected at most 0\.4"):
        impulse_response(Room((1.0, 1.0, 1.0), 2.0, 1.0), 0)
    with pytest.raises(ConfigError, match=r"40 × 40 × 40 m cannot have an RT60 of 0\.1 s .measured"):
        impulse_response(Room((40.0, 40.0, 40.0), 0.1, 1.0), 0)
