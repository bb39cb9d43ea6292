"""Walks worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.mobility import Itinerary, plan
from fedser.mobility.dwell import Dwell
from fedser.mobility.semi_markov import walk
from tests.mobility.itineraries import ENVIRONMENTS, MATRIX, moves, semi_markov

H, O, C, S = range(4)  # noqa: E741


def places(values, devices=1, rounds=10, seed=0):
    return plan(*moves(**values), ENVIRONMENTS, devices, rounds, seed).places.tolist()


def test_static_devices_stay_where_they_start():
    assert places({"start": "café"}, devices=2, rounds=3) == [[C] * 3] * 2


def test_a_random_start_is_any_open_environment_equally_likely():
    options = moves(withheld={"street": 2})
    starts = plan(*options, ENVIRONMENTS, 3000, 1, 0).places[:, 0]
    counts = np.bincount(starts, minlength=4)
    assert counts[S] == 0
    assert ((counts[:3] - 1000) ** 2 / 1000).sum() < 13.8  # chi-square, 2 degrees of freedom, p = 0.001


def test_a_schedule_goes_round():
    assert places({"kind": "schedule", "environments": ["home", "office", "street"], "stay": 2}, rounds=9) == [
        [H, H, O, O, S, S, H, H, O]
    ]


def test_a_staggered_schedule_begins_at_another_item_for_each_device():
    values = {"kind": "schedule", "environments": ["home", "office", "street"], "stay": 2, "stagger": True}
    assert places(values, devices=4, rounds=4) == [[H, H, O, O], [O, O, S, S], [S, S, H, H], [H, H, O, O]]


def test_a_schedule_passes_over_what_is_withheld():
    values = {"kind": "schedule", "environments": ["home", "café", "street"], "stay": 2, "withheld": {"café": 9}}
    assert places(values, rounds=12) == [[H, H, S, S, H, H, S, S, H, H, C, C]]


def test_who_has_nowhere_to_go_stays_until_there_is():
    ring = {"home": {"café": 1}, "café": {"home": 1}, "office": {"home": 1}, "street": {"home": 1}}
    values = {
        "kind": "semi-markov",
        "start": "home",
        "transitions": ring,
        "dwell": {"kind": "fixed", "mean": 2},
        "withheld": {"café": 6},
    }
    assert places(values) == [[H, H, H, H, H, C, C, H, H, C]]


def test_each_environment_may_have_its_own_stays():
    values = {
        "kind": "semi-markov",
        "start": "home",
        "transitions": [[0, 1, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]],
        "dwell": {"kind": "fixed", "mean": 1},
        "dwell_in": {"home": {"kind": "fixed", "mean": 3}},
    }
    assert places(values, rounds=9) == [[H, H, H, O, H, H, H, O, H]]


def test_thirds_may_be_rounded():
    third = 0.333333
    transitions = (third * (1 - np.eye(4))).tolist()
    walk = plan(*semi_markov(transitions=transitions, preset="fast"), ENVIRONMENTS, 3, 50, 0)
    assert np.array_equal(walk.places, plan(*semi_markov(preset="fast"), ENVIRONMENTS, 3, 50, 0).places)


def test_arrivals_are_the_first_rounds_of_stays():
    options = moves("schedule", environments=["home", "office", "office"], stay=2)
    assert plan(*options, ENVIRONMENTS, 1, 8, 0).arrivals.astype(int).tolist() == [[1, 0, 1, 0, 0, 0, 1, 0]]


@pytest.mark.parametrize("availability", [0.7, {"mean_on": 7, "mean_off": 3}])
def test_a_share_of_the_devices_is_available_from_the_first_round_on(availability):
    options = moves(availability=availability)
    available = plan(*options, ENVIRONMENTS, 2000, 20, 0).available
    assert np.abs(available.mean(axis=0) - 0.7).max() < 4 * np.sqrt(0.7 * 0.3 / 2000)


def by_choice(start, matrix, dwells, opens, rounds, stream):
    """A walk as Generator.choice makes it."""
    places, here, arrival = np.empty(rounds, np.int64), start, 1
    while arrival <= rounds:
        departure = max(arrival + dwells[here].draw(stream), int(opens[matrix[here] > 0].min()))
        places[arrival - 1 : departure - 1] = here
        chances = np.where(opens <= departure, matrix[here], 0.0)
        here = int(stream.choice(len(chances), p=chances / chances.sum()))
        arrival = departure
    return places


@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.integers(1, 80))
def test_a_walk_is_that_of_numpys_choice(seed, environments, rounds):
    random = np.random.default_rng(seed)
    matrix = random.random((environments, environments)) * (1 - np.eye(environments))
    matrix /= matrix.sum(axis=1, keepdims=True)
    opens = random.integers(1, 20, environments)
    opens[1] = 1
    dwells = [Dwell(kind="geometric", mean=float(mean)) for mean in random.uniform(1, 5, environments)]
    found, expected = (
        step(1, matrix, dwells, opens, rounds, np.random.default_rng(seed)) for step in (walk, by_choice)
    )
    np.testing.assert_array_equal(found, expected)


def test_a_plan_that_was_written_down_is_the_same_plan(tmp_path):
    made = plan(*semi_markov(transitions=MATRIX, preset="fast", availability=0.5), ENVIRONMENTS, 4, 30, seed=2)
    assert Itinerary.read(tmp_path / "kept") is None
    made.write(tmp_path / "kept")
    kept = Itinerary.read(tmp_path / "kept")
    np.testing.assert_array_equal(kept.places, made.places)
    np.testing.assert_array_equal(kept.available, made.available)
