"""The tables against the rows they come from."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from fedser.results.arms import EXPER_RANDOM, FINETUNING, JOINT, Arm
from fedser.results.numerals import decimal, grouped
from fedser.results.one_device import all_tables, read_run
from fedser.results.table import Group, Score, Table
from fedser.results.table_notes import gathered
from tests.results.one_device.by_hand import run_by_hand
from tests.results.rehearsal import ALL_ARMS, write_run

GEM = Arm("gem", "random")
LABELS = {arm.label: arm for arm in ALL_ARMS}


@pytest.fixture(scope="module")
def tables(run):
    return {table.key: table for table in all_tables(run)}


def rows_of(table):
    """Yield (stage, label, scores) with the stage repeated."""
    stage = ""
    for row in table.rows():
        stage = row[0] or stage
        yield stage, row[1], row[2:]


def test_all_tables_are_there_in_order(tables):
    assert list(tables) == ["1a", "1b", "2a", "2b", "3a", "3b", "4a", "4b", "5", "6a", "6b", "6c", "7a", "7b"]


def test_what_is_true_of_all_tables_stands_once(tables, run):
    assert run.notes == ("synthetic: for trying out, not evidence",)
    notes = gathered(list(tables.values()), run.notes)
    assert notes.count(run.notes[0]) == 1
    assert all(run.notes[0] not in table.notes for table in tables.values())
    assert len(notes) == len(set(notes))
    assert next(note for note in notes if "parentheses" in note).startswith("Tables 2a, 2b, 3a, 3b. ")


def test_table_1_counts_the_utterances(tables, run):
    table = tables["1a"]
    assert table.header[:6] == ("environment", "train", "validation", "test", "speakers", "hours")
    assert table.header[6:] == ("no label", "too short", "unreadable")
    *rows, total = table.rows()
    hours = run.utterances.groupby("environment")["duration_s"].sum() / 3600
    for row in rows:
        assert row[1:5] == ("60", "20", "40", "15")
        assert row[5] == f"{hours[row[0]]:.2f}"
    assert [row[6:] for row in rows] == [("0", "3", "0"), ("0", "0", "0"), ("1", "0", "1")]
    assert total[:5] == ("all", "180", "60", "120", "15")
    assert total[6:] == ("1", "3", "1")


@pytest.mark.parametrize(("key", "target"), [("2a", "activation"), ("2b", "valence")])
def test_scores_equal_mean_and_deviation_of_the_rows(tables, run, key, target):
    test = run.scores[(run.scores["split"] == "test") & (run.scores["target"] == target)]
    grouped = test.groupby(["method", "memory", "stage", "environment", "metric"])["value"]
    mean, std = grouped.mean(), grouped.std(ddof=1)
    seen = 0
    for stage, label, cells in rows_of(tables[key]):
        arm = LABELS.get(label, EXPER_RANDOM)
        for metric, part in (("ccc", cells[::2]), ("uar", cells[1::2])):
            for environment, cell in zip(run.environments, part, strict=True):
                place = (arm.method, arm.memory, stage, environment, metric)
                assert cell.mean == pytest.approx(mean[place], abs=1e-12)
                assert cell.std == pytest.approx(std[place], abs=1e-12)
                assert cell.unseen == (environment not in stage.split("+"))
                seen += 1
    assert seen == 6 * (1 + 2 * 4)


def test_columns_stand_by_environment(tables, run):
    for key in ("2a", "2b", "3a", "3b"):
        assert tables[key].groups == (Group("", 2), *(Group(environment, 2) for environment in run.environments))
        assert tables[key].header == ("after", "arm", *["CCC", "UAR"] * 3)


@pytest.mark.parametrize("key", ["2a", "3a"])
def test_marks_equal_scipy(tables, run, key):
    tested, others = [], []
    for stage, label, cells in rows_of(tables[key]):
        arm = LABELS.get(label)
        baseline = FINETUNING if key == "2a" or arm is None else Arm(arm.method, "random")
        for place, cell in enumerate(cells):
            metric, j = ("ccc", "uar")[place % 2], place // 2
            i = run.stages.index(stage)
            if i == 0 or arm in (baseline, JOINT):
                others.append(cell.mark)
            else:
                ours, theirs = (run.R(a, "activation", metric)[:, i, j] for a in (arm, baseline))
                tested.append((*stats.ttest_rel(ours, theirs), cell.mark))
    assert set(others) == {""}
    tested.sort(key=lambda one: one[1])
    stopped = False
    for rank, (t, p, mark) in enumerate(tested):  # Holm, step by step
        stopped |= p >= 0.05 / (len(tested) - rank)
        assert mark == ("" if stopped else "*" if t > 0 else "†")
    assert stopped
    assert (tested[0][2] == "*") == (key == "2a"), "memories of one method hardly differ here"


def test_the_first_stage_stands_once(tables):
    for key in ("2a", "2b", "3a", "3b"):
        first, *later = tables[key].blocks
        assert [row[:2] for row in first] == [("home", "all arms")]
        assert [block[0][0] for block in later] == ["home+office", "home+office+café"]
        assert all(row[0] == "" for block in later for row in block[1:])
        assert not any(cell.best for cell in first[0][2:])


def test_the_best_of_a_stage_is_the_largest_mean_but_not_joint(tables):
    for key in ("2a", "2b"):
        for block in tables[key].blocks[1:]:
            for column in range(2, 8):
                scores = {row[1]: row[column] for row in block}
                best = [label for label, cell in scores.items() if cell.best]
                rivals = {label: cell.mean for label, cell in scores.items() if label != "Joint"}
                assert best == [label for label, mean in rivals.items() if mean > max(rivals.values()) - 1e-12]


def test_arms_of_tables_2_and_3(tables):
    assert [row[1] for row in tables["2a"].blocks[1]] == ["Finetuning", "ExpeR-random", "GEM-random", "Joint"]
    three = [row[1] for row in tables["3a"].blocks[1]]
    kinds = ("random", "length", "gender", "speaker")
    assert three == [f"{method}-{kind}" for method in ("ExpeR", "GEM") for kind in kinds]


def test_captions_say_deviation_seeds_and_test(tables):
    table = tables["2a"]
    assert "ddof = 1" in table.caption
    assert "5 seeds" in table.caption
    assert any("significantly worse than Finetuning" in note for note in table.notes)
    assert any("significantly worse than the same method's random memory" in note for note in tables["3a"].notes)
    assert "differences to the same method's random memory" in tables["3a"].caption
    assert "random memory" not in tables["2a"].caption
    assert any("Bold" in note for note in tables["2a"].notes)
    assert not any("Bold" in note for note in tables["3a"].notes)
    assert any("parentheses" in note for note in table.notes)


def test_transfer_table_by_hand():
    gains = np.array([[0, 0, 0], [0.2, 0, 0], [0.25, 0.1, 0]])
    R = np.array([[0.6, 0.1, 0.0], [0.4, 0.5, 0.2], [0.3, 0.35, 0.45]])
    run = run_by_hand({FINETUNING: [R, R], GEM: [R + gains, R + gains]})
    table = next(table for table in all_tables(run) if table.key == "4a")
    assert table.header == ("metric", "arm", "average ↑", "BWT ↑", "FWT ↑", "forgetting ↓")
    finetuning, gem = table.blocks[0]
    assert [cell.mean for cell in finetuning[2:]] == pytest.approx([1.1 / 3, -0.225, 0.15, 0.225])
    assert [cell.mean for cell in gem[2:]] == pytest.approx([1.45 / 3, -0.05, 0.15, 0.05])
    assert [cell.best for cell in gem[2:]] == [True, True, True, True]
    assert [cell.best for cell in finetuning[2:]] == [False, False, True, False]
    assert all(cell.std == 0 and cell.mark == "" for cell in gem[2:])  # equal differences: no test


def test_transfer_table_marks_and_joint(tables):
    rows = {row[1]: row[2:] for row in tables["4a"].blocks[0]}
    assert tables["4a"].header[-1] == "intransigence ↓"
    assert rows["ExpeR-random"][3].mark == "*"
    assert [cell.exists for cell in rows["Joint"]] == [True, False, False, False, False]
    lowest = min(cells[3].mean for label, cells in rows.items() if label != "Joint")
    assert [label for label, cells in rows.items() if cells[3].best] == [
        label for label, cells in rows.items() if cells[3].mean == lowest
    ]


def test_cost_table_equals_the_means_of_the_rows(tables, run):
    means = run.costs.groupby(["method", "memory", "stage"]).mean()
    for stage, label, cells in rows_of(tables["5"]):
        if stage not in run.stages:
            continue
        arm = LABELS.get(label, FINETUNING)
        row = means.loc[(arm.method, arm.memory, stage)]
        assert cells[0] == f"{row['seconds']:,.1f}"
        assert cells[1] == f"{row['epochs']:,.1f}"
        assert cells[2] == f"{row['steps']:,.0f}"
        assert cells[3] == f"{row['rows_per_step']:,.1f}"
        assert cells[4] == f"{1000 * row['seconds'] / row['steps']:,.2f}"
        assert cells[5] == f"{row['passes_per_utterance']:,.1f}"
        assert cells[6] == f"{row['flops'] / 1e9:,.1f}"
        assert cells[7] == grouped(round(row["memory_bytes"]))
        assert cells[8] == ("–" if np.isnan(row["trigger_rate"]) else decimal(row["trigger_rate"]))


def test_cost_table_sums_the_stages_and_weights_rates_by_steps():
    run = run_by_hand({GEM: np.full((1, 2, 2), 0.5)}, environments=["P", "M"])
    columns = ["seed", "method", "memory", "stage", "epochs", "steps", "seconds", "rows_per_step"]
    columns += ["utterances", "passes_per_utterance", "flops", "memory_bytes", "trigger_rate"]
    costs = pd.DataFrame(
        [
            (0, "gem", "random", "P", 2, 100, 1.0, 32.0, 600, 4.0, 10**9, 0, None),
            (0, "gem", "random", "P+M", 3, 300, 9.0, 293.0, 200, 12.0, 10**10, 4000, 0.5),
        ],
        columns=columns,
    ).astype({"trigger_rate": float})
    object.__setattr__(run, "costs", costs)
    table = next(table for table in all_tables(run) if table.key == "5")
    assert [row[:2] for row in table.rows()] == [
        ("P", "all arms"),
        ("P+M", "GEM-random"),
        ("all stages", "GEM-random"),
    ]
    assert list(table.rows())[-1][2:] == ("10.0", "5.0", "400", "227.8", "25.00", "6.0", "11.0", "4,000", ".500")


def test_the_tests_are_printed_with_t_p_and_n(tables, run):
    table = tables["6a"]
    assert sum(1 for _ in table.rows()) == 48
    row = table.blocks[0][3]
    ours, theirs = (run.R(a, "activation", "ccc")[:, 2, 0] for a in (EXPER_RANDOM, FINETUNING))
    t, p = stats.ttest_rel(ours, theirs)
    assert row[1:4] == ("home+office+café", "home", "ExpeR-random")
    assert row[4] == decimal((ours - theirs).mean())
    assert (row[6], row[7], row[8]) == ("5", decimal(t, 2), "< .001" if p < 0.001 else decimal(p))
    assert row[10:] == ("5", "* better")
    low, high = (float(end.replace("−", "-")) for end in row[5].split(" to "))
    assert low < (ours - theirs).mean() < high
    assert "against Finetuning" in table.title
    assert "48 tests" in table.caption


def test_equal_differences_are_said():
    R = np.array([[0.5, 0.1], [0.25, 0.5]])
    run = run_by_hand({FINETUNING: [R, R], GEM: [R + np.array([[0, 0], [0.25, 0]])] * 2}, environments=["P", "M"])
    table = next(table for table in all_tables(run) if table.key == "6a")
    assert table.blocks[0][0][4:] == (".250", *["–"] * 5, "2", "all differences are equal: no p")


def test_one_seed_has_no_deviation_no_mark_and_no_test(tmp_path):
    run = read_run(write_run(tmp_path, environments=["P", "M"], seeds=[3], arms=ALL_ARMS[:3]))
    tables = {table.key: table for table in all_tables(run)}
    assert list(tables) == ["1a", "1b", "2a", "2b", "3a", "3b", "4a", "4b", "5"]
    scores = [cell for table in tables.values() for row in table.rows() for cell in row if isinstance(cell, Score)]
    assert len(scores) > 50
    assert all(cell.std is None and cell.mark == "" and cell.spread_text == "" for cell in scores)
    assert "One seed" in tables["2a"].caption


def test_one_environment(tmp_path):
    run = read_run(write_run(tmp_path, environments=["P"], seeds=[0, 1]))
    tables = {table.key: table for table in all_tables(run)}
    assert list(tables) == ["1a", "1b", "2a", "2b", "5", "7a", "7b"]
    assert [row[:2] for row in tables["2a"].rows()] == [("P", "all arms")]


@pytest.mark.parametrize(
    ("arms", "keys"),
    [
        ([FINETUNING], ["2a", "2b", "4a", "4b"]),
        ([JOINT], ["2a", "2b", "4a", "4b"]),
        ([EXPER_RANDOM, GEM], ["2a", "2b", "4a", "4b"]),
        ([Arm("gem", "length"), Arm("exper", "length")], ["3a", "3b", "4a", "4b"]),
        ([GEM, Arm("gem", "length"), EXPER_RANDOM], ["2a", "2b", "3a", "3b", "4a", "4b", "6b"]),
        ([FINETUNING, Arm("agem", "random")], ["2a", "2b", "4a", "4b", "6a", "6c"]),
    ],
)
def test_missing_and_unknown_arms(arms, keys):
    random = np.random.default_rng(3)
    first = random.uniform(0, 1, (2, 1, 2))
    R = {arm: np.concatenate([first, random.uniform(0, 1, (2, 1, 2))], axis=1) for arm in arms}
    tables = all_tables(run_by_hand(R, environments=["P", "M"]))
    assert [table.key for table in tables if table.key not in ("1a", "1b", "5")] == keys
    labels = {row[1] for table in tables if table.key[0] in "23" for row in table.rows()}
    assert labels == {"all arms", *(arm.label for arm in arms)}


def test_a_table_that_does_not_fit_together_is_refused():
    with pytest.raises(ValueError, match="2 cells"):
        Table("x", "", "", (), ("a", "b"), ((("1",),),), ())
    with pytest.raises(ValueError, match="span"):
        Table("x", "", "", (Group("g", 3),), ("a", "b"), (), ())
