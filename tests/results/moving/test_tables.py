"""Tables equal to what was computed, in every kind of run."""

import numpy as np
import pytest

from fedser.results import write_tables
from fedser.results.moving import all_moving_tables, read_moving_run
from fedser.results.table import Score
from tests.results.moving.by_hand import moving_by_hand
from tests.results.moving.commuters import ARMS, write_commute

KEYS = ["1a", "1b", "1c", "1d", "2a", "2b", "3a", "3b", "4", "5a", "5b", "6a", "6b", "10a"]


@pytest.fixture(scope="module")
def tables(run):
    return {table.key: table for table in all_moving_tables(run)}


def row_of(table, *words):
    return next(row for row in table.rows() if row[: len(words)] == words)


def cell(table, arm, column):
    return row_of(table, arm.label)[table.header.index(column)]


def test_all_are_there_in_order(tables):
    assert list(tables) == KEYS


@pytest.mark.parametrize(("key", "target", "metric"), [("1a", "activation", "ccc"), ("1d", "valence", "uar")])
def test_the_scores_at_the_end(run, tables, key, target, metric):
    for arm in run.arms:
        values = run.measures[arm, target, metric].by_seed
        for column in ("pooled", "average", "worst decile", "personal − global"):
            found = cell(tables[key], arm, column)
            assert found.mean == pytest.approx(values[column].mean())
            assert found.std == pytest.approx(np.std(values[column], ddof=1))
    assert not cell(tables[key], ARMS[0], "global").exists
    assert cell(tables[key], ARMS[3], "global").exists
    start = row_of(tables[key], "shared model, before")
    assert start[1].mean == pytest.approx(run.server(ARMS[0], target, metric)[:, 0].mean())


def test_the_best_of_a_column_is_bold_and_gains_are_not(tables):
    for column in range(1, 5):
        scores = [row[column] for row in tables["1a"].rows() if row[0] != "shared model, before"]
        means = [one.mean for one in scores if one.exists]
        assert [one.mean for one in scores if one.best] == [max(means)]
    gains = [row[tables["1a"].header.index("personal − global")] for row in tables["1a"].rows()]
    assert not any(one.best for one in gains)


@pytest.mark.parametrize(("seeds", "mark"), [(5, "*"), (4, "")])
def test_forgetting_is_marked_by_the_test_over_five_seeds(seeds, mark):
    ends = {ARMS[0]: 0.3, ARMS[1]: 0.4}
    lost = {arm: [[[[0.5, 0], [end * (1 - k / 99), 0.4]]] for k in range(seeds)] for arm, end in ends.items()}
    run = moving_by_hand(lost, [[0, 1]], ["home", "café"])
    tables = {table.key: table for table in all_moving_tables(run)}
    header = tables["2a"].header
    assert header == ("arm", "forgetting ↓", "re-entry gap ↑", "BWT ↑", "FWT ↑", "lag ↓")
    assert cell(tables["2a"], ARMS[1], "forgetting ↓").mark == mark
    assert cell(tables["2a"], ARMS[0], "forgetting ↓").mark == ""


def test_measures_are_means_over_the_seeds(run, tables):
    header = tables["2a"].header
    values = run.measures[ARMS[1], "activation", "ccc"].by_seed
    for column, name in zip(header[1:], ("forgetting", "re-entry gap", "BWT", "FWT", "lag"), strict=True):
        assert cell(tables["2a"], ARMS[1], column).mean == pytest.approx(values[name].mean())


def test_environments_have_a_row_for_each_model(run, tables):
    row = row_of(tables["3b"], "", "personal")
    shared = row_of(tables["3b"], ARMS[3].label, "global")
    assert len(row) == len(shared) == 2 + len(run.environments)
    last = run.server(ARMS[3], "valence", "ccc")[:, -1]
    assert [one.mean for one in shared[2:]] == pytest.approx(last.mean(axis=0).tolist())


def test_costs_are_of_device_rounds_that_trained(run, tables):
    costs = run.costs[(run.costs["mode"] == "federated") & (run.costs["method"] == "gem")]
    trained = costs[costs["outcome"] == "trained"]
    table = tables["4"]
    assert cell(table, ARMS[5], "bytes down") == f"{round(trained['bytes_down'].mean()):,}"
    assert cell(table, ARMS[5], "altered") == ".400"
    assert cell(table, ARMS[5], "memory bytes") == "120,000"
    assert cell(table, ARMS[0], "memory bytes") == "0"


def test_outcomes_add_up(run, tables):
    for row in tables["5a"].rows():
        available, asked, *outcomes = (int(text.replace(",", "")) for text in row[1:-1])
        assert asked == sum(outcomes) <= available == run.available.sum()


def test_acoustics_say_how_far_they_are_off(tables):
    rows = list(tables["5b"].rows())
    assert rows[0][4:] == ("–",) * 7
    assert rows[1][4:] == ("0.50", "0.51", "+2 %", "15.0", "15.1", "14.8", "15.3")


def test_both_tests_are_listed_with_their_n(tables):
    row = next(row for row in tables["6a"].rows() if row[1] == "forgetting")
    assert row[2] == "Local ExpeR-random"
    assert row[6] == "3"
    assert 0 < int(row[11]) <= 24


def test_every_format_holds_every_table(run, tables, tmp_path):
    for path in write_tables(tmp_path, tables.values()):
        text = path.read_text(encoding="utf-8")
        assert all(table.title.split(":")[0] in text for table in tables.values())
        assert "nan" not in text.replace("Finetuning", "").split()


CASES = {
    "one device": {"devices": 1, "seeds": [0, 1]},
    "one seed": {"seeds": [4]},
    "one mode": {"arms": ARMS[3:], "seeds": [0, 1]},
    "one arm": {"arms": ARMS[1:2], "seeds": [0, 1]},
    "one environment": {"environments": ["home"], "seeds": [0, 1]},
    "few take part": {"participation": 0.15, "seeds": [0, 1]},
    "one round": {"rounds": 1, "seeds": [0, 1]},
    "nobody takes part": {"participation": 0.0, "seeds": [0, 1]},
}


@pytest.mark.parametrize("case", CASES)
def test_small_and_partial_runs_have_tables_without_nan(tmp_path, case):
    run = read_moving_run(write_commute(tmp_path / "run", **CASES[case]))
    found = all_moving_tables(run)
    cells = [cell for table in found for row in table.rows() for cell in row]
    assert len(cells) > 50
    assert not any(isinstance(cell, Score) and cell.mean is not None and np.isnan(cell.mean) for cell in cells)
    assert not any("nan" in cell.split() for cell in cells if isinstance(cell, str))
    assert ("2a" in [table.key for table in found]) == (len(run.environments) > 1)
