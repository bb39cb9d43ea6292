"""Scores around departures, against a tensor worked out by hand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fedser.metrics import moving
from fedser.metrics.departures import around_return, since_departure
from fedser.metrics.stays import journeys

GONE = [np.nan, np.nan]
R = np.array(
    [
        [[0.5, 0.1], [0.4, 0.3], GONE, [0.3, 0.5], [0.6, 0.2], [0.5, 0.4]],  # 0 1 . 1 0 1
        [[0.2, 0.2], [0.3, 0.2], GONE, GONE, GONE, GONE],  # 0 0
    ]
)
PLACES = [[0, 1, 0, 1, 0, 1], [0, 0, 1, 1, 1, 1]]


def one_by_one(R, stays):
    """Each departure's curve in a row of its own, (departures, rounds), NaN from the return."""
    curves = []
    for rows, journey in zip(np.asarray(R), stays, strict=True):
        for place, stay in enumerate(journey[:-1]):
            curve = [0.0]
            for later in journey[place + 1 :]:
                if later.environment == stay.environment:
                    break
                curve += [rows[k, stay.environment] - rows[stay.end, stay.environment] for k in later.rounds]
            curves.append(curve + [np.nan] * (len(rows) - len(curve)))
    return np.array(curves)


def test_departures_count_until_the_return():
    found = since_departure(R, journeys(R, PLACES))
    # From 0: .5, then .4, .3, then back; from 1: .5, then .2, then back; from 0 again: .6, then .5, the end.
    np.testing.assert_array_equal(found.away, [3, 3, 1, 0, 0, 0])
    np.testing.assert_allclose(found.mean, [0.0, -0.5 / 3, -0.2, *[np.nan] * 3], atol=1e-12)


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 30))
def test_the_curve_is_the_mean_of_those_of_all_departures(seed, environments, rounds):
    random = np.random.default_rng(seed)
    scores = random.normal(size=(3, rounds, environments))
    scores[random.random((3, rounds)) < 0.3] = np.nan
    stays = journeys(scores, random.integers(0, environments, (3, rounds)))
    found, curves = since_departure(scores, stays), one_by_one(scores, stays).reshape(-1, rounds)
    np.testing.assert_array_equal(found.away, np.isfinite(curves).sum(axis=0))
    known = found.away > 0
    np.testing.assert_allclose(found.mean[known], np.nanmean(curves[:, known], axis=0), rtol=1e-12, atol=1e-14)
    assert np.isnan(found.mean[~known]).all()


def test_three_scores_for_each_return():
    stays = journeys(R, PLACES)
    three = around_return(R, stays)
    np.testing.assert_allclose(three, [[0.5, 0.3, 0.6], [0.5, 0.2, 0.4]], atol=1e-12)
    gaps = moving.reentry_gap(R, stays)
    assert gaps[0] == (three[:, 1] - three[:, 0]).mean()
    assert np.isnan(gaps[1])


def test_without_departures_there_is_no_curve():
    settled = R[1:]
    stays = journeys(settled, PLACES[1:])
    found = since_departure(settled, stays)
    assert not found.away.any()
    assert np.isnan(found.mean).all()
    assert around_return(settled, stays).shape == (0, 3)
