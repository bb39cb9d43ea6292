"""Reading a run folder, and saying in one line why it cannot be read."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from fedser.errors import RunError
from fedser.results.arms import JOINT, Arm
from fedser.results.one_device import read_run
from tests.results.rehearsal import ALL_ARMS, write_run


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return write_run(
        tmp_path_factory.mktemp("small") / "run",
        environments=["P", "M"],
        seeds=[0, 1],
        arms=[*ALL_ARMS[:2], JOINT],
    )


@pytest.fixture
def copy(small, tmp_path):
    return shutil.copytree(small, tmp_path / "run")


def test_a_run_is_read(run):
    assert run.environments == ("home", "office", "café")
    assert run.stages == ("home", "home+office", "home+office+café")
    assert run.seeds == (0, 1, 2, 3, 4)
    assert run.arms == ALL_ARMS
    assert run.R(Arm("gem", "random"), "valence", "uar").shape == (5, 3, 3)
    assert run.config.startswith("[experiment]")
    assert set(run.predictions["seed"]) == {0}
    assert (
        run.costs["trigger_rate"].notna() == ((run.costs["method"] == "gem") & (run.costs["stage"] != "home"))
    ).all()


def test_notes_name_their_environments_unless_they_hold_for_all(tmp_path):
    notes = {"P": ["mapped", "only P"], "M": ["mapped", "no transcripts"], "I": ["mapped", "no transcripts"]}
    run = read_run(write_run(tmp_path, environments=["P", "M", "I"], seeds=[0], arms=ALL_ARMS[:1], notes=notes))
    assert run.notes == ("mapped", "P: only P", "M, I: no transcripts")


def test_stage_labels_are_short_where_names_are_long(tmp_path, run):
    assert run.stage_labels == run.stages
    long = read_run(write_run(tmp_path, environments=["a" * 20, "b" * 30], seeds=[0], arms=ALL_ARMS[:1]))
    assert long.stage_labels == ("a" * 20, "… + " + "b" * 30)


def test_joint_may_have_been_trained_at_the_end_only(copy):
    edit_scores(copy, lambda scores: scores[(scores["method"] != "joint") | (scores["stage"] == "P+M")])
    R = read_run(copy).R(JOINT, "activation", "ccc")
    assert np.isnan(R[:, 0]).all()
    assert np.isfinite(R[:, 1]).all()


def edit_scores(folder, edit):
    path = folder / "scores.csv"
    edit(pd.read_csv(path, dtype=str, keep_default_na=False)).to_csv(path, index=False)


def edit_record(folder, **changes):
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(record | changes))


def set_cells(column, value, **where):
    def edit(scores):
        chosen = np.logical_and.reduce([scores[key] == cell for key, cell in where.items()])
        assert chosen.any()
        return scores.assign(**{column: scores[column].mask(chosen, value)})

    return edit


def without(**where):
    def edit(scores):
        chosen = np.logical_and.reduce([scores[key] == cell for key, cell in where.items()])
        assert chosen.any()
        return scores[~chosen]

    return edit


ONE = {"method": "exper", "seed": "1", "stage": "P+M", "environment": "M", "split": "test", "target": "valence"}

BREAKS = {
    "no folder": (lambda f: shutil.rmtree(f), "not a run folder"),
    "no record": (lambda f: (f / "run.json").unlink(), "not a run folder"),
    "no scores": (lambda f: (f / "scores.csv").unlink(), "scores.csv: no such file"),
    "no config": (lambda f: (f / "config.toml").unlink(), "config.toml: no such file"),
    "no curves": (lambda f: (f / "curves.csv").unlink(), "curves.csv: no such file"),
    "broken record": (lambda f: (f / "run.json").write_text("{"), "not a readable JSON"),
    "a list for a record": (lambda f: (f / "run.json").write_text("[]"), "expected an object"),
    "unfinished": (lambda f: edit_record(f, finished=None), "not finished"),
    "no seeds": (lambda f: edit_record(f, seeds=[]), '"seeds" must be'),
    "a seed twice": (lambda f: edit_record(f, seeds=[0, 0, 1]), '"seeds" must be'),
    "a seed of text": (lambda f: edit_record(f, seeds=["0", "1"]), '"seeds" must be'),
    "no environments": (lambda f: edit_record(f, environments=None), '"environments" must be'),
    "notes of another shape": (lambda f: edit_record(f, notes=["x"]), '"notes" must hold'),
    "another environment": (
        lambda f: edit_record(f, environments=["P", "X"]),
        'stage is "P.M", expected one of P, P.X',
    ),
    "another seed": (lambda f: edit_record(f, seeds=[0, 2]), 'seed is "1", expected one of 0, 2'),
    "a seed is missing": (lambda f: edit_record(f, seeds=[0, 1, 2]), "no test activation ccc .* seed 2"),
    "no rows": (lambda f: edit_scores(f, lambda scores: scores[:0]), "no rows"),
    "one row less": (
        lambda f: edit_scores(f, without(metric="uar", **ONE)),
        r"no test valence uar of ExpeR-random on M after P\+M, seed 1",
    ),
    "one row twice": (
        lambda f: edit_scores(f, lambda scores: pd.concat([scores, scores[7:8]])),
        "line 194 scores the same thing",
    ),
    "part of a joint stage": (
        lambda f: edit_scores(f, without(method="joint", seed="0", stage="P+M", environment="P", metric="ccc")),
        "no test activation ccc of Joint on P",
    ),
    "another first model": (
        lambda f: edit_scores(f, set_cells("value", "0.5", method="exper", stage="P", environment="P")),
        "arms differ after P",
    ),
    "config is a folder": (
        lambda f: ((f / "config.toml").unlink(), (f / "config.toml").mkdir()),
        "cannot be read",
    ),
}


@pytest.mark.parametrize(("damage", "said"), BREAKS.values(), ids=BREAKS)
def test_a_damaged_folder_is_told_in_one_line(copy, damage, said):
    damage(copy)
    with pytest.raises(RunError, match=said) as caught:
        read_run(copy)
    assert "\n" not in str(caught.value)
    assert str(copy) in str(caught.value)
