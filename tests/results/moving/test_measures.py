"""One number a seed, from one a device."""

import numpy as np
import pytest

from fedser.metrics import moving
from fedser.metrics.stays import journeys
from fedser.protocol.arms import Arm
from fedser.results.moving.measures import last_known
from tests.results.moving.by_hand import moving_by_hand
from tests.results.moving.commuters import ARMS

LOCAL = Arm("finetuning", "none", "local")
SHARED = Arm("finetuning", "none", "federated")
PLACES = [[0, 1], [0, 0], [0, 1]]
GONE = [np.nan, np.nan]
# seed 0: device 0 moves and forgets .3, device 1 stays, device 2 never takes part
R = [[[[0.5, 0.1], [0.2, 0.4]], [[0.6, 0.2], [0.7, 0.3]], [GONE, GONE]]]


def test_devices_without_a_measure_do_not_count():
    run = moving_by_hand({LOCAL: R}, PLACES, ["home", "café"], start=0.1)
    measures = run.measures[LOCAL, "activation", "ccc"]
    np.testing.assert_allclose(measures.by_device["forgetting"], [[0.3, np.nan, np.nan]])
    np.testing.assert_allclose(measures.by_device["average"], [[0.3, 0.5, np.nan]])
    seeds = {name: pytest.approx(values[0], nan_ok=True) for name, values in measures.by_seed.items()}
    assert seeds["forgetting"] == 0.3
    assert seeds["average"] == 0.4
    assert seeds["worst decile"] == 0.3
    assert seeds["personal − global"] == 0.3
    assert seeds["FWT"] == 0.0
    assert np.isnan(measures.by_seed["re-entry gap"]).all()
    assert np.isnan(measures.by_seed["global"]).all()  # nothing is shared
    assert np.isnan(measures.by_seed["pooled"]).all()  # not scored


def test_a_global_model_counts_where_one_is_shared():
    run = moving_by_hand({SHARED: R}, PLACES, ["home", "café"], start=0.1)
    assert run.measures[SHARED, "valence", "uar"].by_seed["global"] == pytest.approx([0.1])


def test_the_last_round_with_scores_counts():
    scores = np.array([[[0.1, 0.2], [0.3, 0.4], GONE], [GONE, GONE, GONE]])
    np.testing.assert_array_equal(last_known(scores), [[0.3, 0.4], GONE])


def test_measures_are_those_of_each_seed(run):
    for arm in (ARMS[0], ARMS[4]):
        measures = run.measures[arm, "valence", "ccc"]
        for seed in range(3):
            tensor, stays = measures.R[seed], measures.stays[seed]
            expected = moving.forgetting(tensor, stays)
            np.testing.assert_array_equal(measures.by_device["forgetting"][seed], expected)
            assert measures.by_seed["forgetting"][seed] == pytest.approx(np.nanmean(expected))
            worst = moving.worst_decile(moving.average(tensor))
            assert measures.by_seed["worst decile"][seed] == worst


def test_measures_by_participation_are_those_by_round(run):
    for arm in (ARMS[0], ARMS[4]):
        measures, server = run.measures[arm, "valence", "ccc"], run.server(arm, "valence", "ccc")
        for seed, R in enumerate(run.R(arm, "valence", "ccc")):
            stays = journeys(R, run.places[seed])
            assert measures.R.shape[2] < R.shape[1]
            for name, expected in {
                "average": moving.average(R),
                "forgetting": moving.forgetting(R, stays),
                "BWT": moving.bwt(R, stays),
                "FWT": moving.fwt(R, stays, server[seed, 0]),
                "re-entry gap": moving.reentry_gap(R, stays),
                "lag": moving.adaptation_lag(R, stays, server[seed, 0]),
                "personal − global": moving.personal_gain(R, server[seed]),
            }.items():
                np.testing.assert_array_equal(measures.by_device[name][seed], expected)
