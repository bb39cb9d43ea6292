"""Published results depend on these draws: a change here is a change of every result on moving devices."""

import numpy as np

from fedser.mobility import Stream, StreamOptions, plan, reserve_speakers, share_out
from tests.mobility.itineraries import ENVIRONMENTS, MATRIX, semi_markov


def draws():
    options = semi_markov(transitions=MATRIX, dwell={"kind": "poisson", "mean": 3}, availability=0.5)
    itinerary = plan(options, ENVIRONMENTS, 3, 12, seed=1)
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


PINNED = [
    [3, 3, 3, 3, 0, 1, 1, 1, 0, 1, 1, 3],
    [1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1],
    [[0, 2, 4], [6, 5, 1], [3, 4, 0], [1, 2, 6], [5, 3, 4], [5, 3, 2], [0, 6, 1]],
    [-1, 1, -1],
    [[0, 3], [9, 10], [4, 5, 6, 7], [1, 2], [8, 11]],
    [8, 9, 10, 11],
]
