"""Scores around departures, against a tensor worked out by hand."""

import numpy as np

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


def test_a_curve_for_each_departure_until_the_return():
    curves = since_departure(R, journeys(R, PLACES))
    nan = np.nan
    expected = [
        [0.0, -0.1, -0.2, nan, nan, nan],  # from 0: .5, then .4, .3, then back
        [0.0, -0.3, nan, nan, nan, nan],  # from 1: .5, then .2, then back
        [0.0, -0.1, nan, nan, nan, nan],  # from 0 again: .6, then .5, the end
    ]
    np.testing.assert_allclose(curves, expected, atol=1e-12)


def test_three_scores_for_each_return():
    stays = journeys(R, PLACES)
    three = around_return(R, stays)
    np.testing.assert_allclose(three, [[0.5, 0.3, 0.6], [0.5, 0.2, 0.4]], atol=1e-12)
    gaps = moving.reentry_gap(R, stays)
    assert gaps[0] == (three[:, 1] - three[:, 0]).mean()
    assert np.isnan(gaps[1])


def test_without_departures_there_are_no_rows():
    settled = R[1:]
    stays = journeys(settled, PLACES[1:])
    assert since_departure(settled, stays).shape == (0, 6)
    assert around_return(settled, stays).shape == (0, 3)
