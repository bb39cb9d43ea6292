"""The tests behind the marks, against scipy on the rows of scores.csv."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from fedser.metrics import bin_levels
from fedser.results.arms import EXPER_RANDOM, FINETUNING, JOINT, Arm
from fedser.results.one_device.comparisons import chance, score_findings, transfer, transfer_findings
from tests.results.one_device.by_hand import run_by_hand

GEM = Arm("gem", "random")


def column(scores, arm, target, metric, stage, environment):
    rows = scores[
        (scores["method"] == arm.method)
        & (scores["memory"] == arm.memory)
        & (scores["stage"] == stage)
        & (scores["environment"] == environment)
        & (scores["split"] == "test")
        & (scores["target"] == target)
        & (scores["metric"] == metric)
    ]
    return rows.sort_values("seed")["value"].to_numpy()


def test_every_finding_equals_scipy_on_the_rows(run):
    findings = score_findings(run, [FINETUNING, EXPER_RANDOM, GEM, JOINT], FINETUNING)
    assert len(findings) == 2 * 2 * 2 * 2 * 3  # targets, metrics, arms, later stages, environments
    for found in findings[::5]:
        place = (found.target, found.metric, found.stage, found.environment)
        ours, theirs = (column(run.scores, arm, *place) for arm in (found.arm, found.baseline))
        t, p = stats.ttest_rel(ours, theirs)
        assert found.comparison.t == pytest.approx(t, rel=1e-9)
        assert found.comparison.p == pytest.approx(p, rel=1e-9)
        assert found.comparison.n == 5
        family = [one.comparison.p for one in findings if one.target == found.target]
        corrected = holms(family)[family.index(found.comparison.p)]
        assert found.comparison.corrected == pytest.approx(corrected, rel=1e-9)
        assert found.comparison.mark == ("" if corrected >= 0.05 else "*" if t > 0 else "†")
    assert {found.comparison.mark for found in findings} >= {"", "*"}


def holms(family):
    """Holm's adjusted p as his paper says it: the least level at which the step-down procedure rejects."""
    adjusted = []
    for p in family:
        before = [q for q in family if q <= p]
        adjusted.append(min(1, max(q * sum(other >= q for other in family) for q in before)))
    return adjusted


def test_the_upper_bound_the_baseline_and_the_shared_stage_are_not_compared(run):
    findings = score_findings(run, run.arms, EXPER_RANDOM)
    assert {found.arm for found in findings} == set(run.arms) - {EXPER_RANDOM, JOINT}
    assert {found.stage for found in findings} == set(run.stages[1:])


def test_without_the_baseline_nothing_is_compared(run):
    assert score_findings(run, run.arms, Arm("ewc", "none")) == ()
    assert transfer_findings(run, run.arms, Arm("ewc", "none")) == ()


R0 = np.array([[0.6, 0.1, 0.0], [0.4, 0.5, 0.2], [0.3, 0.35, 0.45]])
R1 = np.array([[0.7, 0.2, 0.1], [0.5, 0.6, 0.1], [0.5, 0.45, 0.55]])
JOINTLY = np.array([[0.6, 0.1, 0.0], [0.6, 0.55, 0.2], [0.6, 0.6, 0.6]])


def test_transfer_by_hand():
    run = run_by_hand({FINETUNING: [R0, R1], JOINT: [JOINTLY, JOINTLY]})
    values = transfer(run, FINETUNING, "activation", "ccc")
    assert values["average"] == pytest.approx([1.1 / 3, 1.5 / 3])
    assert values["BWT"] == pytest.approx([(-0.3 - 0.15) / 2, (-0.2 - 0.15) / 2])
    assert values["FWT"] == pytest.approx([(0.1 + 0.2) / 2, (0.2 + 0.1) / 2])
    assert values["forgetting"] == pytest.approx([(0.3 + 0.15) / 2, (0.2 + 0.15) / 2])
    # Joint at the stage that brings each environment: .55 for M, .60 for I
    assert values["intransigence"] == pytest.approx([(0.05 + 0.15) / 2, (-0.05 + 0.05) / 2])
    assert set(transfer(run, JOINT, "activation", "ccc")) == {"average"}


def test_joint_trained_at_the_end_only_is_the_reference_for_all():
    last = np.full((3, 3), np.nan)
    last[2] = [0.6, 0.7, 0.8]
    run = run_by_hand({FINETUNING: [R0], JOINT: [last]})
    assert transfer(run, FINETUNING, "activation", "ccc")["intransigence"] == pytest.approx([(0.2 + 0.35) / 2])
    assert transfer(run, JOINT, "activation", "ccc")["average"] == pytest.approx([0.7])


def test_joint_that_starts_at_the_second_stage_is_compared_stage_by_stage():
    late = JOINTLY.copy()
    late[0] = np.nan
    run = run_by_hand({FINETUNING: [R0], JOINT: [late]})
    assert transfer(run, FINETUNING, "activation", "ccc")["intransigence"] == pytest.approx([(0.05 + 0.15) / 2])


def test_joint_without_the_last_stage_is_no_reference():
    early = JOINTLY.copy()
    early[2] = np.nan
    run = run_by_hand({FINETUNING: [R0], JOINT: [early]})
    assert "intransigence" not in transfer(run, FINETUNING, "activation", "ccc")
    assert transfer(run, JOINT, "activation", "ccc") == {}


def test_one_environment_has_an_average_only():
    run = run_by_hand({FINETUNING: [[[0.5]]], JOINT: [[[0.5]]]}, environments=["P"])
    assert {name: values.tolist() for name, values in transfer(run, FINETUNING, "valence", "uar").items()} == {
        "average": [0.5]
    }
    assert transfer_findings(run, run.arms, FINETUNING) == ()


def test_forgetting_less_is_better():
    better = R0 + np.array([[0, 0, 0], [0.1, 0, 0], [0.2, 0.1, 0]])
    spread = [0, 0.01 * np.eye(3), 0.03 * np.eye(3)[::-1], 0.02 * np.eye(3), 0.01 * np.eye(3)[::-1]]
    run = run_by_hand({FINETUNING: [R0 + s for s in spread], GEM: [better - 0.5 * s for s in spread]})
    marks = {
        f.measure: f.comparison.mark for f in transfer_findings(run, run.arms, FINETUNING) if f.metric == "ccc"
    }
    differences = {f.measure: f.comparison.mean_difference for f in transfer_findings(run, run.arms, FINETUNING)}
    assert differences["forgetting"] < 0 < differences["BWT"]
    assert marks["forgetting"] == marks["BWT"] == "*"


def test_chance_is_one_over_the_classes_in_the_test_split(run):
    assert chance(run, "activation", "ccc", 0) == [0, 0, 0]
    test = run.utterances[run.utterances["split"] == "test"]
    for environment, value in zip(run.environments, chance(run, "activation", "uar", 0), strict=True):
        labels = test.loc[test["environment"] == environment, "activation"]
        assert value == 1 / len(set(bin_levels(labels)))


def test_chance_where_a_class_is_missing():
    run = run_by_hand({FINETUNING: [R0]})
    labels = {"P": [-0.9, 0.0], "M": [-0.9, 0.0, 0.9], "I": [0.5]}
    rows = [(name, "test", value) for name, values in labels.items() for value in values] + [("P", "train", 0.9)]
    object.__setattr__(run, "utterances", pd.DataFrame(rows, columns=["environment", "split", "activation"]))
    assert chance(run, "activation", "uar", 0) == [1 / 2, 1 / 3, 1]
    assert transfer(run, FINETUNING, "activation", "uar")["FWT"] == pytest.approx([(0.1 - 1 / 3 + 0.2 - 1) / 2])


def test_uar_transfer_is_above_chance(run):
    R = run.R(FINETUNING, "valence", "uar")
    by_hand = [(r[0, 1] - 1 / 3 + r[1, 2] - 1 / 3) / 2 for r in R]
    assert transfer(run, FINETUNING, "valence", "uar")["FWT"] == pytest.approx(by_hand, abs=1e-12)


def test_no_finding_is_nan_for_one_seed():
    run = run_by_hand({FINETUNING: [R0], GEM: [R1]})
    for found in (*score_findings(run, run.arms, FINETUNING), *transfer_findings(run, run.arms, FINETUNING)):
        assert found.comparison.p is None
        assert found.comparison.note == "one seed: no test"
        assert math.isfinite(found.comparison.mean_difference)


def test_few_seeds_and_runs_that_learnt_nothing_have_no_marks():
    spread = [0, 0.01 * np.eye(3), 0.03 * np.eye(3)[::-1], 0.02 * np.eye(3)]
    few = run_by_hand({FINETUNING: [R0 - 9 * s for s in spread], GEM: [R0 + 0.1 - s for s in spread]})
    few = score_findings(few, [GEM], FINETUNING)
    assert any(found.comparison.p < 0.05 for found in few if found.comparison.p is not None)
    assert {found.comparison.mark for found in few} == {""}

    nothing = {arm: [0.01 * (R0 - k * (arm == GEM)) for k in range(5)] for arm in (FINETUNING, GEM)}
    tests = [found.comparison for found in score_findings(run_by_hand(nothing), [GEM], FINETUNING)]
    assert {test.p for test in tests} == {None}
    assert {test.mark for test in tests} == {""}
