"""speakers.csv holds what the scores are made of; Tables 7 show intervals that follow from it."""

import numpy as np
import pytest

from fedser.metrics.clustered import ccc_of_sums
from fedser.results.arms import EXPER_RANDOM, FINETUNING
from fedser.results.numerals import decimal
from fedser.results.one_device.comparisons import score_findings
from fedser.results.one_device.tables import all_tables


def test_scores_follow_from_what_each_speaker_adds(run):
    sums = run.tested_speakers.sums
    assert len(sums) == len(run.arms) * 2 * 3 * 3
    for (arm, target, stage, place), parts in sums.items():
        i, j = run.stages.index(stage), run.environments.index(place)
        np.testing.assert_allclose(
            ccc_of_sums(parts.sum(axis=1)), run.R(arm, target, "ccc")[:, i, j], rtol=0, atol=1e-12
        )


def test_tables_hold_the_mean_and_its_interval(run):
    tables = {table.key: table for table in all_tables(run)}
    row = next(row for row in tables["7a"].rows() if row[:2] == ("home", "all arms"))
    found = run.tested_speakers.interval(run.arms[0], "activation", "home", "home")
    assert found.mean == pytest.approx(run.R(run.arms[0], "activation", "ccc")[:, 0, 0].mean(), abs=1e-12)
    assert row[2] == f"{decimal(found.mean)} ({decimal(found.low)} to {decimal(found.high)})"
    assert f"home {found.speakers}" in tables["7a"].caption


def test_differences_have_intervals_around_them(run):
    for found in score_findings(run, [EXPER_RANDOM], FINETUNING):
        if found.metric == "ccc":
            assert found.interval.low < found.comparison.mean_difference < found.interval.high
        else:
            assert found.interval is None, "speakers.csv has no more than a CCC needs"
