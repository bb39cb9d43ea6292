"""Tests over seeds and over devices, against scipy."""

import numpy as np
import pytest
from scipy import stats

from fedser.results.moving import read_moving_run
from fedser.results.moving.findings import BY_DEVICE, BY_SEED, compare, memory_findings, sharing_findings
from tests.results.moving.commuters import ARMS, write_commute

FINETUNING, EXPER, GEM = ARMS[:3]


@pytest.mark.parametrize("measure", ["forgetting", "re-entry gap", "average"])
def test_both_tests_are_paired_t_tests(run, measure):
    found = compare(run, EXPER, FINETUNING, "activation", "ccc", measure)
    ours, theirs = (run.measures[arm, "activation", "ccc"] for arm in (EXPER, FINETUNING))
    t, p = stats.ttest_rel(ours.by_seed[measure], theirs.by_seed[measure])
    assert (found.seeds.t, found.seeds.p, found.seeds.n) == (pytest.approx(t), pytest.approx(p), 3)
    x, y = ours.by_device[measure].ravel(), theirs.by_device[measure].ravel()
    both = np.isfinite(x) & np.isfinite(y)
    t, p = stats.ttest_rel(x[both], y[both])
    assert (found.devices.t, found.devices.p) == (pytest.approx(t), pytest.approx(p))
    assert found.devices.n == both.sum() <= 24


def test_less_forgetting_is_better_and_higher_scores_are(run):
    forgetting = compare(run, EXPER, FINETUNING, "activation", "ccc", "forgetting")
    average = compare(run, EXPER, FINETUNING, "activation", "ccc", "average")
    assert forgetting.seeds.mean_difference < 0 < average.seeds.mean_difference
    assert forgetting.devices.t < 0 < average.devices.t
    assert forgetting.devices.mark == average.devices.mark == ""  # three seeds


def test_each_memory_arm_is_tested_in_its_own_mode(run):
    found = memory_findings(run)
    pairs = {(one.arm, one.baseline) for one in found}
    assert pairs == {(ARMS[1], ARMS[0]), (ARMS[2], ARMS[0]), (ARMS[4], ARMS[3]), (ARMS[5], ARMS[3])}
    measures = {one.measure for one in found if one.arm == ARMS[4]}
    assert measures == {*BY_DEVICE, *BY_SEED}
    # without sharing there is no global model to test
    assert {one.measure for one in found if one.arm == ARMS[1]} == measures - {"global"}
    assert all((one.devices is None) == (one.measure in BY_SEED) for one in found)


def test_sharing_is_tested_against_the_same_method_alone(run):
    pairs = {(one.arm, one.baseline) for one in sharing_findings(run)}
    assert pairs == set(zip(ARMS[3:], ARMS[:3], strict=True))


def test_without_a_baseline_nothing_is_tested(tmp_path):
    run = read_moving_run(write_commute(tmp_path / "run", arms=[EXPER], seeds=[0], rounds=4))
    assert memory_findings(run) == sharing_findings(run) == ()
