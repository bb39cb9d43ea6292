"""Table 3: differences to the same method's random memory."""

import numpy as np
import pytest
from scipy import stats

from fedser.results.arms import EXPER_RANDOM, FINETUNING, Arm
from fedser.results.one_device import all_tables
from fedser.results.one_device.comparisons import memory_findings
from fedser.results.table import plain
from tests.results.one_device.by_hand import run_by_hand
from tests.results.one_device.test_comparisons import holms

GEM, GEM_LENGTH = Arm("gem", "random"), Arm("gem", "length")
EXPER_LENGTH = Arm("exper", "length")


def table_3a(R):
    return {t.key: t for t in all_tables(run_by_hand(R, environments=["P", "M"]))}.get("3a")


def seeds(*last_rows):
    return np.array([[[0.6, 0.1], row] for row in last_rows])


def test_each_method_is_told_from_its_own_random_memory():
    table = table_3a(
        {
            GEM_LENGTH: seeds([0.45, 0.5], [0.55, 0.6]),
            FINETUNING: seeds([0.1, 0.5], [0.1, 0.5]),
            EXPER_LENGTH: seeds([0.4, 0.5001], [0.5, 0.4001]),
            EXPER_RANDOM: seeds([0.3, 0.5], [0.3, 0.4]),
            GEM: seeds([0.5, 0.25], [0.5, 0.45]),
            Arm("agem", "random"): seeds([0.2, 0.5], [0.2, 0.5]),
        }
    )
    assert [tuple(map(plain, row)) for row in table.rows()] == [
        ("P", "all arms", ".600 ± .000", ".600 ± .000", "(.100 ± .000)", "(.100 ± .000)"),
        ("P+M", "GEM-random", *[".500 ± .000"] * 2, *[".350 ± .141"] * 2),
        ("", "GEM-length", *[".000 ± .071"] * 2, *["↑.200 ± .071"] * 2),
        ("", "ExpeR-random", *[".300 ± .000"] * 2, *[".450 ± .071"] * 2),
        ("", "ExpeR-length", *["↑.150 ± .071"] * 2, *[".000 ± .000"] * 2),
    ]
    assert not any(cell.best for row in table.rows() for cell in row[2:])


def test_a_loss_points_down_and_one_seed_has_no_deviation():
    table = table_3a({GEM: seeds([0.5, 0.25]), GEM_LENGTH: seeds([0.377, 0.5])})
    assert [plain(cell) for cell in table.blocks[1][1][2:]] == ["↓.123"] * 2 + ["↑.250"] * 2
    assert "One seed" in table.caption


def test_without_its_random_memory_a_method_has_scores():
    R = {GEM: seeds([0.5, 0.25]), GEM_LENGTH: seeds([0.4, 0.5]), EXPER_LENGTH: seeds([0.4, 0.5])}
    table = table_3a(R)
    assert [[plain(cell) for cell in row[1:3]] for row in table.blocks[1]] == [
        ["GEM-random", ".500"],
        ["GEM-length", "↓.100"],
        ["ExpeR-length", ".400"],
    ]
    assert "ExpeR: scores, untested, as random memory is not in the run." in table.notes

    alone = table_3a({EXPER_LENGTH: seeds([0.4, 0.5])})
    assert "differences" not in alone.caption
    assert "No baseline of this table is in the run: nothing is tested." in alone.notes


def test_nothing_to_choose_no_table():
    assert table_3a({GEM: seeds([0.5, 0.25]), EXPER_RANDOM: seeds([0.4, 0.5])}) is None


def test_tests_of_all_methods_are_one_family(run):
    findings = memory_findings(run, run.arms)
    assert {(found.arm.method, found.baseline) for found in findings} == {("exper", EXPER_RANDOM), ("gem", GEM)}
    assert len(findings) == 2 * 2 * 6 * 2 * 3  # targets, metrics, arms, later stages, environments
    for target in ("activation", "valence"):
        family = [found for found in findings if found.target == target]
        p = []
        for found in family:
            place = np.s_[:, run.stages.index(found.stage), run.environments.index(found.environment)]
            ours, theirs = (run.R(arm, target, found.metric)[place] for arm in (found.arm, found.baseline))
            p.append(stats.ttest_rel(ours, theirs).pvalue)
        assert [found.comparison.p for found in family] == pytest.approx(p, rel=1e-9)
        assert [found.comparison.corrected for found in family] == pytest.approx(holms(p), rel=1e-9)


def test_a_difference_beyond_chance_is_marked_against_the_own_random_memory():
    """GEM-length is far better than GEM-random and no better than ExpeR-random: only the first counts."""
    noise = np.random.default_rng(7).normal(0, 0.01, (4, 8, 2, 2))
    noise[:, :, 0] = 0
    low, high = seeds(*[[0.3, 0.5]] * 8), seeds(*[[0.5, 0.5]] * 8)
    R = {
        GEM: low + noise[0],
        GEM_LENGTH: high + noise[1],
        EXPER_RANDOM: high + noise[2],
        EXPER_LENGTH: low + noise[3],
    }
    rows = {row[1]: row[2:] for row in table_3a(R).blocks[1]}
    assert [cell.mark for cell in rows["GEM-length"]] == ["*", "*", "", ""]
    assert [cell.mark for cell in rows["ExpeR-length"]] == ["†", "†", "", ""]
    assert plain(rows["GEM-length"][0]).startswith("↑.")
    assert plain(rows["ExpeR-length"][0]).startswith("↓.")
    assert {cell.mark for label in ("GEM-random", "ExpeR-random") for cell in rows[label]} == {""}
