"""The working week, worked out by hand and against its chances."""

import numpy as np
import pytest
from scipy import stats

from fedser.errors import ConfigError
from fedser.mobility import check, plan
from tests.mobility.itineraries import ENVIRONMENTS, moves

H, O, C, S = range(4)  # noqa: E741


def week(devices=1, rounds=21, withheld=None, **own):
    return plan(*moves("commute", withheld, **own), ENVIRONMENTS, devices, rounds, 0).places


def test_a_week_without_an_evening_out():
    assert week(evenings_out=0.0).tolist() == [[H, O, H] * 5 + [H, H, H] * 2]


def test_the_way_to_work_and_back_and_every_evening_out():
    found = week(way="street", evenings_out=1.0, workdays=1, morning_rounds=2, work_rounds=3, rounds=16)
    assert found.tolist() == [[H, H, S, O, O, O, S, C] + [H] * 7 + [C]]


def test_what_is_withheld_is_spent_at_home():
    assert week(rounds=9, withheld={"office": 5, "café": 7}, evenings_out=1.0).tolist() == [
        [H, H, H, H, O, H, H, O, C]
    ]


def test_evenings_out_are_a_share_of_all_in_any_of_the_places():
    evenings = week(devices=100, rounds=3 * 70, evenings_out=0.4, out=["café", "street"])[:, 2::3]
    counts = np.bincount(evenings.ravel(), minlength=4)
    assert counts[O] == 0
    assert stats.chisquare(counts[[H, C, S]], 7000 * np.array([0.6, 0.2, 0.2])).pvalue > 0.01
    assert stats.chisquare(counts[[H, C, S]], 7000 * np.array([0.5, 0.25, 0.25])).pvalue < 1e-9


@pytest.mark.parametrize(
    ("own", "withheld", "message"),
    [
        (
            {"work": "ofice"},
            {},
            r'^\[commute\]: work names the unknown environment "ofice"; did you mean "office"',
        ),
        ({"out": ["café", "pub"]}, {}, r'^\[commute\]: out names the unknown environment "pub"'),
        ({"way": "tram"}, {}, r'^\[commute\]: way names the unknown environment "tram"'),
        ({}, {"home": 2}, r'^\[commute\]: home = "home" is withheld in round 1'),
    ],
)
def test_what_does_not_fit(own, withheld, message):
    with pytest.raises(ConfigError, match=message):
        check(*moves("commute", withheld, **own), ENVIRONMENTS)
