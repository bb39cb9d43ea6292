"""Stays: where a device learnt, for how long, and when it came back."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.metrics.stays import Stay, journeys, left, returns

HOME, CAFE, STREET = 0, 1, 2


def took_part(pattern):
    """Scores of one device on three environments: `.` for a round without it."""
    return np.array([[[np.nan if letter == "." else 0.5] * 3 for letter in pattern]])


def test_stays_by_hand():
    places = [[HOME, HOME, CAFE, CAFE, CAFE, HOME, STREET]]
    (journey,) = journeys(took_part("xxxx.xx"), places)
    assert journey == (
        Stay(HOME, (0, 1), None),
        Stay(CAFE, (2, 3), 1),
        Stay(HOME, (5,), 3),
        Stay(STREET, (6,), 5),
    )
    assert returns(journey) == [(journey[0], journey[2])]
    assert left(journey) == {HOME: (journey[0], journey[2]), CAFE: (journey[1], journey[1])}


def test_elsewhere_without_taking_part_does_not_end_a_stay():
    (journey,) = journeys(took_part("x.x"), [[HOME, CAFE, HOME]])
    assert journey == (Stay(HOME, (0, 2), None),)
    assert returns(journey) == []
    assert left(journey) == {}


def test_each_return_is_from_the_latest_departure():
    (journey,) = journeys(took_part("xxxxx"), [[HOME, CAFE, HOME, CAFE, HOME]])
    assert [(past.end, back.end) for past, back in returns(journey)] == [(0, 2), (1, 3), (2, 4)]


def test_a_device_that_never_took_part_has_no_stay():
    assert journeys(took_part("..."), [[HOME, CAFE, HOME]]) == ((),)
    assert returns(()) == []
    assert left(()) == {}


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=12))
def test_every_round_is_in_one_stay_and_neighbours_differ(rounds):
    pattern = "".join("x" if taking else "." for _, taking in rounds)
    (journey,) = journeys(took_part(pattern), [[place for place, _ in rounds]])
    columns = [column for stay in journey for column in stay.rounds]
    assert columns == [column for column, (_, taking) in enumerate(rounds) if taking]
    assert all(rounds[column][0] == stay.environment for stay in journey for column in stay.rounds)
    assert all(a.environment != b.environment and b.before == a.end for a, b in pairwise(journey))
    visited = {stay.environment for stay in journey}
    assert len(returns(journey)) == len(journey) - len(visited)
    assert set(left(journey)) == visited - {stay.environment for stay in journey[-1:]}


def test_shapes_and_gaps_are_checked():
    with pytest.raises(ValueError, match="devices × rounds × environments"):
        journeys(np.zeros((2, 3)), np.zeros((2, 3)))
    with pytest.raises(ValueError, match="every environment or on none"):
        journeys([[[0.1, np.nan]]], [[0]])
    with pytest.raises(ValueError, match="nowhere"):
        journeys([[[0.1, 0.2]]], [[-1]])
    with pytest.raises(ValueError, match="finite"):
        journeys([[[0.1, np.inf]]], [[0]])
