"""How evenly devices are served, how soon, and for what memory has room: against what is worked out by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fedser.metrics.federations import interval_over_devices, rounds_to, spread
from fedser.results.moving.measures import AVERAGE
from fedser.results.moving.tables.federation import federation_tables, goal_of, own_curve, room_table
from tests.results.moving.commuters import ARMS


def test_spread_is_the_deviation_over_devices_that_have_a_score():
    assert spread([0.1, np.nan, 0.3]) == pytest.approx(np.sqrt(0.02))
    assert np.isnan(spread([0.1, np.nan]))


def test_the_interval_of_a_mean_is_the_closed_form():
    """Of a mean of n = 400 standard normal values it is ± 1.96 / √n, of two such seeds ± 1.96 / √2n."""
    values = np.random.default_rng(0).standard_normal((2, 400))
    values = (values - values.mean(axis=1, keepdims=True)) / values.std(axis=1, keepdims=True)
    for rows, n in ((values[:1], 400), (values, 800)):
        low, high = interval_over_devices(rows, lambda row: float(row.mean()), 2000)
        assert (high - low) / 2 == pytest.approx(1.96 / np.sqrt(n), rel=0.06)
        assert low + high == pytest.approx(0, abs=0.02)


def test_equal_devices_have_an_interval_of_no_width_and_a_seed_without_devices_none():
    assert interval_over_devices([[0.4, 0.4, np.nan]], spread) == (0.0, 0.0)
    assert np.isnan(interval_over_devices([[0.4, 0.5], [np.nan, np.nan]], spread)).all()


def test_rounds_to_a_target():
    assert rounds_to([0.1, 0.2, 0.2], 0.2) == 2
    assert np.isnan(rounds_to([np.nan, 0.1], 0.2))


def test_the_table_says_what_the_run_measured(run):
    table = federation_tables(run)[0]
    goal = goal_of(run, "activation")
    for arm in run.arms:
        cells = next(row for row in table.rows() if row[:2] == (arm.label, "activation"))
        ends = run.measures[arm, "activation", "ccc"].by_device[AVERAGE]
        assert cells[2].mean == pytest.approx(np.nanstd(ends, axis=1, ddof=1).mean())
        low, high = (float(part) for part in cells[5].replace("−", "-").split(" to "))
        assert low - 0.001 <= cells[4].mean <= high + 0.001
        first = [
            np.flatnonzero(curve >= goal) for curve in np.nan_to_num(own_curve(run, arm, "activation"), nan=-1)
        ]
        reached = [found[0] + 1 for found in first if found.size]
        assert cells[7] == f"{len(reached)} of 3"
        assert cells[6].mean == (pytest.approx(np.mean(reached)) if reached else None)
    assert any(row[6].exists for row in table.rows())


def test_what_memory_has_room_for(run):
    visits = pd.DataFrame(
        [(0, 0, 1, "home", 6), (0, 0, 2, "home", 6), (0, 1, 1, "home", 3), (0, 1, 2, "café", 0)],
        columns=["seed", "device", "round", "environment", "labelled"],
    )
    small = replace(run, visits=visits, config="[memory]\ncapacity = 4\n")
    (table,) = room_table(small)
    assert table.blocks == ((("home", "7.5", ".47", ".50"),),)
    assert room_table(replace(small, arms=ARMS[:1])) == ()
    assert room_table(replace(small, config=small.config + "bytes = 9\n")) == ()
