"""Published results depend on these draws: a change here is a change of every result on moving devices."""

import numpy as np
import pytest

from fedser.mobility import Stream, StreamOptions, plan, reserve_speakers, share_out
from tests.mobility.itineraries import ENVIRONMENTS, MATRIX, moves, semi_markov


def draws():
    options = semi_markov(transitions=MATRIX, dwell={"kind": "poisson", "mean": 3}, availability=0.5)
    itinerary = plan(*options, ENVIRONMENTS, 3, 12, seed=1)
    speech = Stream(StreamOptions(per_round=3, label_fraction=0.5), np.arange(7), 2, seed=1)
    speakers = np.repeat(["a", "b", "c"], 4)
    return [
        itinerary.places[2].tolist(),
        itinerary.available[2].astype(int).tolist(),
        [speech.spoken(r).positions.tolist() for r in range(1, 8)],
        speech.spoken(1).labelled_in.tolist(),
        [share.tolist() for share in share_out(speakers, 5, seed=1)],
        reserve_speakers(speakers, 0.4, seed=1).server.tolist(),
    ]


def test_the_draws_are_pinned():
    assert draws() == PINNED


TABLE = {"home": {"office": 1}, "office": {"home": 0.5, "café": 0.5}, "café": {"home": 1}, "street": {"home": 1}}
OWN_STAYS = {
    "dwell": {"kind": "uniform", "low": 1, "high": 3},
    "dwell_in": {"home": {"kind": "fixed", "mean": 4}},
    "transitions": TABLE,
}


@pytest.mark.parametrize(
    ("kind", "own", "withheld", "places"),
    [
        ("static", {}, {}, ["333333333", "111111111", "000000000"]),
        ("static", {}, {"street": 3, "home": 2}, ["222222222", "111111111", "111111111"]),
        (
            "schedule",
            {"environments": ["home", "street", "office"], "stay": 2, "stagger": True},
            {"street": 4},
            ["001100331", "110033110", "110033110"],
        ),
        (
            "semi-markov",
            {"preset": "fast", "start": "street"},
            {"café": 6},
            ["303333300", "303312332", "313313320"],
        ),
        ("semi-markov", OWN_STAYS, {}, ["330000111", "100001112", "000010000"]),
    ],
)
def test_the_paths_of_every_kind_are_pinned(kind, own, withheld, places):
    found = plan(*moves(kind, withheld, **own), ENVIRONMENTS, 3, 9, seed=5).places
    assert ["".join(map(str, row)) for row in found] == places


PINNED = [
    [3, 3, 3, 3, 0, 1, 1, 1, 0, 1, 1, 3],
    [1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1],
    [[0, 2, 4], [6, 5, 1], [3, 4, 0], [1, 2, 6], [5, 3, 4], [5, 3, 2], [0, 6, 1]],
    [-1, 1, -1],
    [[0, 3], [9, 10], [4, 5, 6, 7], [1, 2], [8, 11]],
    [8, 9, 10, 11],
]
