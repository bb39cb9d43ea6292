"""Measures of devices that come back, against tensors worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.metrics import moving, transfer
from fedser.metrics.stays import journeys

HOME, CAFE, STREET = 0, 1, 2
GONE = [np.nan] * 3

# A device at home (2 rounds), in the café (2), away from the run (1), home again (1), in the street (1).
PLACES = [[HOME, HOME, CAFE, CAFE, CAFE, HOME, STREET]]
R = np.array(
    [
        [
            [0.50, 0.20, 0.10],
            [0.60, 0.22, 0.12],
            [0.52, 0.40, 0.16],
            [0.45, 0.50, 0.14],
            GONE,
            [0.58, 0.46, 0.10],
            [0.48, 0.44, 0.30],
        ]
    ]
)
START = [0.30, 0.24, 0.20]


@pytest.fixture
def stays():
    return journeys(R, PLACES)


def test_average_and_final(stays):
    assert moving.final_scores(R).tolist() == [[0.48, 0.44, 0.30]]
    assert moving.average(R) == pytest.approx([1.22 / 3], abs=1e-12)


def test_forgetting_is_from_the_best_between_first_visit_and_last_departure(stays):
    # home: best of rounds 1 to 6 is .60; café: best of rounds 3 to 4 is .50; the street was not left
    lost = moving.forgetting_by_environment(R, stays)
    np.testing.assert_allclose(lost, [[0.12, 0.06, np.nan]], atol=1e-12)
    assert moving.forgetting(R, stays) == pytest.approx([0.09], abs=1e-12)


def test_backward_transfer_is_from_the_last_departure(stays):
    # home .48 − .58, café .44 − .50
    assert moving.bwt(R, stays) == pytest.approx([(-0.10 - 0.06) / 2], abs=1e-12)


def test_forward_transfer_is_before_the_first_visit_against_the_start(stays):
    # café .22 − .24, street .10 − .20
    assert moving.fwt(R, stays, START) == pytest.approx([(-0.02 - 0.10) / 2], abs=1e-12)


def test_reentry_is_before_the_new_stay_against_departure(stays):
    assert moving.reentry_gap(R, stays) == pytest.approx([0.45 - 0.60], abs=1e-12)


def test_lag_is_counted_in_the_stays_that_gain_and_last(stays):
    # home: gains .20, .30 → round 2; café: .18, .28 → round 2; stays of one round say nothing
    assert moving.adaptation_lag(R, stays, START).tolist() == [2.0]
    quick = R.copy()
    quick[0, 0, HOME] = 0.59  # .29 of .30 is more than 95 %
    assert moving.adaptation_lag(quick, stays, START).tolist() == [1.5]


def test_a_stay_without_gain_has_no_lag():
    still = np.full((1, 3, 2), 0.4)
    assert np.isnan(moving.adaptation_lag(still, journeys(still, [[0, 0, 0]]), [0.4, 0.4])).all()


def test_personal_against_global_in_the_same_round():
    shared = np.full((8, 3), np.nan)
    shared[0], shared[5] = 0.1, [0.4, 0.4, 0.2]  # round 7 was not scored: round 5 counts
    assert moving.personal_gain(R, shared) == pytest.approx([(1.22 - 1.0) / 3], abs=1e-12)
    shared[5] = np.nan
    assert moving.personal_gain(R, shared) == pytest.approx([1.22 / 3 - 0.1], abs=1e-12)


def test_rounds_after_the_last_of_the_device_do_not_count():
    shared = np.array([[0.1, 0.1], [0.2, 0.2], [0.9, 0.9]])
    once = np.array([[[0.5, 0.3], [np.nan, np.nan]]])
    assert moving.personal_gain(once, shared) == pytest.approx([0.2], abs=1e-12)


def test_what_does_not_exist_is_nan_and_not_zero():
    never = np.full((1, 4, 2), np.nan)
    settled = np.array([[[0.5, 0.2], [0.6, 0.1], [np.nan, np.nan], [0.7, 0.1]]])
    both = np.concatenate([never, settled])
    stays = journeys(both, [[0, 0, 1, 1], [0, 0, 1, 0]])
    assert stays[0] == ()
    assert len(stays[1]) == 1  # it was elsewhere, but took no part there
    for measure in (moving.forgetting, moving.bwt, moving.reentry_gap):
        assert np.isnan(measure(both, stays)).all()
    assert np.isnan(moving.fwt(both, stays, [0, 0])).all()
    assert np.isnan(moving.average(both)).tolist() == [True, False]
    assert np.isnan(moving.personal_gain(both, np.zeros((5, 2)))).tolist() == [True, False]
    assert np.isnan(moving.adaptation_lag(both, stays, [0, 0])).tolist() == [True, False]


def test_the_worst_decile_is_rounded_up():
    assert moving.worst_decile(np.arange(20.0)) == 0.5
    assert moving.worst_decile(np.arange(21.0)) == 1.0
    assert moving.worst_decile([np.nan, 0.3, 0.2]) == 0.2
    assert moving.worst_decile([np.nan]) is None


@given(st.data())
def test_one_round_in_each_place_is_the_sequential_protocol(data):
    n = data.draw(st.integers(2, 5))
    order = data.draw(st.permutations(range(n)))
    square = np.array(data.draw(st.lists(st.floats(-1, 1), min_size=n * n, max_size=n * n))).reshape(n, n)
    start = np.array(data.draw(st.lists(st.floats(-1, 1), min_size=n, max_size=n)))
    tensor = np.empty((1, n, n))
    tensor[0][:, order] = square  # column k of `square` is the k-th place in the order of visiting
    began = np.empty(n)
    began[order] = start
    stays = journeys(tensor, [order])
    pairs = [
        (moving.average(tensor), transfer.average(square)),
        (moving.bwt(tensor, stays), transfer.bwt(square)),
        (moving.fwt(tensor, stays, began), transfer.fwt(square, start)),
    ]
    for ours, theirs in pairs:
        assert ours[0] == pytest.approx(theirs, abs=1e-12)
    # the sequential measure looks at all stages before the last, this one at those until the departure
    at_departure = np.mean([square[j, j] - square[-1, j] for j in range(n - 1)])
    assert moving.forgetting(tensor, stays)[0] == pytest.approx(at_departure, abs=1e-12)


@given(st.data())
def test_forgetting_is_at_least_what_was_lost_since_departure(data):
    rounds, n = 8, 3
    places = data.draw(st.lists(st.integers(0, n - 1), min_size=rounds, max_size=rounds))
    values = data.draw(st.lists(st.floats(-1, 1), min_size=rounds * n, max_size=rounds * n))
    away = data.draw(st.lists(st.booleans(), min_size=rounds, max_size=rounds))
    tensor = np.array(values).reshape(1, rounds, n)
    tensor[0, away] = np.nan
    stays = journeys(tensor, [places])
    lost, back = moving.forgetting(tensor, stays)[0], moving.bwt(tensor, stays)[0]
    assert np.isnan(lost) == np.isnan(back)
    assert np.isnan(lost) or lost >= -back - 1e-12
