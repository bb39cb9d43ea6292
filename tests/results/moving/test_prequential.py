"""Prequential scores against all predictions in one series."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fedser.metrics import ccc
from fedser.metrics.pooled import Moments
from fedser.results.moving import SCHEMA
from fedser.results.moving.prequential import heard_per_round, prequential_ccc, prequential_curve
from tests.results.moving.commuters import ARMS

NAMES = ("n", "mean_prediction", "mean_label", "m2_prediction", "m2_label", "m2_both")


@pytest.fixture
def heard(run):
    """Uneven devices in rounds 1 and 3 of seed 0: their values, and a run that has their statistics only."""
    random = np.random.default_rng(7)
    values, rows = {}, []
    for round_, sizes in ((1, [1, 40]), (3, [7, 2, 90])):
        for device, size in enumerate(sizes):
            label = random.normal(device / 3 - 0.3, 0.2, size)
            values[round_, device] = (0.5 * label + random.normal(0, 0.2, size), label)
            row = {"seed": 0} | ARMS[0].row()
            row |= {"round": round_, "device": device, "environment": "home", "target": "activation"}
            rows.append(row | dict(zip(NAMES, Moments.of(*values[round_, device]).to_list(), strict=True)))
    frame = pd.DataFrame(rows, columns=list(SCHEMA["prequential.csv"]))
    return values, replace(run, prequential=frame)


def together(values, rounds):
    return ccc(*(np.concatenate([v[side] for (r, _), v in values.items() if r in rounds]) for side in (0, 1)))


def test_all_rounds_and_devices_are_one_series(heard):
    values, run = heard
    scores = prequential_ccc(run, ARMS[0], "activation")
    assert scores[0] == pytest.approx(together(values, {1, 3}), abs=1e-12)
    assert abs(scores[0] - np.mean([ccc(*pair) for pair in values.values()])) > 0.05
    assert np.isnan(scores[1:]).all()
    assert np.isnan(prequential_ccc(run, ARMS[0], "valence")).all()


def test_a_window_looks_back(heard):
    values, run = heard
    one, three = (prequential_curve(run, ARMS[0], "activation", window)[0] for window in (1, 3))
    assert one[[0, 2]] == pytest.approx([together(values, {1}), together(values, {3})], abs=1e-12)
    assert three[2] == pytest.approx(together(values, {1, 3}), abs=1e-12)
    assert np.isnan(one[[1, *range(3, 10)]]).all()


def test_how_much_is_heard_in_a_round(run):
    heard = run.visits.groupby(["seed", "round"])["heard"].sum()
    assert heard_per_round(run) == np.median(heard)
