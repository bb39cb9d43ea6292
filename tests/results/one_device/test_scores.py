"""scores.csv: one order, exact numbers, and R out of its rows."""

import numpy as np
import pytest

from fedser.errors import RunError
from fedser.results.arms import Arm
from fedser.results.one_device.schema import SCHEMA
from fedser.results.one_device.scores import (
    Order,
    read_scores,
    score_matrices,
    sort_rows,
    stage_names,
    write_scores,
)
from tests.results.rehearsal import ALL_ARMS, write_run


def test_stage_names():
    assert stage_names(["P", "M", "I"]) == ("P", "P+M", "P+M+I")
    assert stage_names(["{}", "a+b"]) == ("{}", "{}+a+b")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rows_in_any_order_give_the_same_bytes(tmp_path, run, folder, seed):
    places = np.random.default_rng(seed).permutation(len(run.scores))
    write_scores(tmp_path, run.scores.iloc[places], run.order)
    assert (tmp_path / "scores.csv").read_bytes() == (folder / "scores.csv").read_bytes()


def test_the_order_is_the_configs_not_the_alphabets(run):
    scores = run.scores[(run.scores["split"] == "test") & (run.scores["target"] == "valence")]
    arms = [
        Arm("gem", "random"),
        Arm("exper", "speaker"),
        *(a for a in run.arms if a.method in ("joint", "finetuning")),
    ]
    named = [(arm.method, arm.memory) for arm in arms]
    kept = scores[[pair in named for pair in zip(scores["method"], scores["memory"], strict=True)]]
    rows = sort_rows(kept, Order([3, 1, 0, 2, 4], arms, run.environments))
    assert list(dict.fromkeys(rows["seed"])) == [3, 1, 0, 2, 4]
    first = rows[rows["seed"] == 3]
    assert list(dict.fromkeys(zip(first["method"], first["memory"], strict=True))) == named
    one = first[first["method"] == "gem"]
    assert list(dict.fromkeys(one["stage"])) == ["home", "home+office", "home+office+café"]
    assert one["environment"].tolist()[:6] == ["home"] * 2 + ["office"] * 2 + ["café"] * 2
    assert one["metric"].tolist()[:4] == ["ccc", "uar", "ccc", "uar"]


def test_curves_are_sorted_by_epoch_as_a_number(run):
    curves = sort_rows(run.curves.iloc[::-1], run.order)
    assert curves.equals(run.curves)
    assert curves["epoch"].tolist()[:12] == list(range(1, 13))


def test_a_name_that_is_not_in_the_order_is_refused(run):
    with pytest.raises(ValueError, match=r"arm.*joint"):
        sort_rows(run.scores, Order(run.seeds, run.arms[:-1], run.environments))
    with pytest.raises(ValueError, match="seed 4"):
        sort_rows(run.scores, Order([0, 1, 2, 3], run.arms, run.environments))


def test_matrices_against_reading_the_rows(run):
    matrices = score_matrices(run.scores, run.order)
    assert len(matrices) == len(run.arms) * 2 * 2 * 2
    filled = 0
    for row in run.scores.to_dict("records"):
        arm = Arm(row["method"], row["memory"])
        R = matrices[arm, row["target"], row["metric"], row["split"]]
        i, j = run.stages.index(row["stage"]), run.environments.index(row["environment"])
        assert R[run.seeds.index(row["seed"]), i, j] == row["value"]
        filled += 1
    assert filled == sum(R.size for R in matrices.values())


def test_matrices_are_read_only_and_nan_where_nothing_was_scored(run):
    part = run.scores[run.scores["stage"] != "home+office"]
    R = score_matrices(part, run.order)[run.arms[0], "activation", "ccc", "test"]
    assert np.isnan(R[:, 1]).all()
    assert np.isfinite(R[:, [0, 2]]).all()
    with pytest.raises(ValueError, match="read-only"):
        R[0, 0, 0] = 1.0


@pytest.mark.parametrize(("column", "cell"), [("split", "train"), ("target", "dominance"), ("value", "nan")])
def test_a_wrong_cell_is_told_with_its_line(folder, tmp_path, column, cell):
    lines = (folder / "scores.csv").read_text().splitlines()
    cells = lines[4].split(",")
    cells[list(SCHEMA["scores.csv"]).index(column)] = cell
    lines[4] = ",".join(cells)
    (tmp_path / "scores.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(RunError, match=f'line 5: {column} is "{cell}"'):
        read_scores(tmp_path)


def test_unusual_names_survive(tmp_path):
    names = ["NA", "1", 'a, "b"', "{} $x_1$", "교실"]
    folder = write_run(tmp_path, environments=names, seeds=[0], arms=ALL_ARMS[:1])
    assert list(dict.fromkeys(read_scores(folder)["environment"])) == names
