"""A study's cells are plain runs; the same bytes however it was run; what cells share is trained once."""

import json
import re

import pandas as pd
import pytest

from fedser.results.study import read_study_run
from fedser.values import read_values
from simulations.one_device import workers
from simulations.one_device.config import PaperConfig
from simulations.one_device.run import run_paper
from simulations.sources import RunContext, Sources
from simulations.studies.run import run_cell
from tests.simulations.studies.conftest import run_study


@pytest.fixture
def no_page(monkeypatch):
    """Drawing takes longer than all cells together."""
    monkeypatch.setattr("simulations.studies.run.write_report", lambda folder: folder)


def test_every_number_is_that_of_the_cells_own_run(studied):
    study = pd.read_csv(studied / "study.csv")
    assert list(study.columns[:3]) == ["cell", "memory", "order"]
    assert study["cell"].nunique() == 4
    for folder in sorted((studied / "cells").iterdir()):
        scores = pd.read_csv(folder / "scores.csv", keep_default_na=False)
        last = scores[(scores["stage"].str.contains("+", regex=False)) & (scores["split"] == "test")]
        ours = study[study["cell"] == read_study_run(studied).cells[int(folder.name[:2]) - 1]]
        plain = ours[ours["measure"].isin(["ccc", "uar"]) & (ours["environment"] != "all")]
        assert len(plain) == len(last) == 3 * 2 * 2 * 2
        theirs = last.assign(arm=last["method"] + last["memory"].map(lambda m: "" if m == "none" else f"-{m}"))
        keys = ["seed", "arm", "environment", "target"]
        pairs = plain.merge(theirs, left_on=[*keys, "measure"], right_on=[*keys, "metric"])
        assert len(pairs) == len(plain)
        assert (pairs["value_x"] == pairs["value_y"]).all()
        means = plain.groupby(["seed", "arm", "target", "measure"])["value"].mean()
        whole = ours[ours["measure"].isin(["ccc", "uar"]) & (ours["environment"] == "all")]
        assert whole.set_index(["seed", "arm", "target", "measure"])["value"].sub(means).abs().max() < 1e-15


def test_a_cell_scores_as_the_same_experiment_by_itself(studied, tiny, tmp_path):
    changes = {
        "arms": ["finetuning", "exper", "joint"],
        "seeds": 1,
        "training.max_epochs": 3,
        "memory.capacity": 9,
    }
    values = read_values(tiny.config, changes)
    values["environments"] = values["environments"][:2]
    alone = RunContext(tmp_path / "alone", Sources(tiny.data), 1, page=False)
    run_paper(PaperConfig.read(values, "alone"), alone)
    (cell,) = (studied / "cells").glob("*9-home*")
    assert (tmp_path / "alone" / "scores.csv").read_bytes() == (cell / "scores.csv").read_bytes()


@pytest.mark.usefixtures("no_page")
def test_the_same_bytes_after_a_kill_and_with_more_workers(studied, memory_study, tiny, tmp_path, monkeypatch):
    class KilledError(Exception):
        pass

    finished = []

    def killed(*given):
        if len(finished) == 2:
            raise KilledError
        finished.append(run_cell(*given))
        return finished[-1]

    with monkeypatch.context() as patch:
        patch.setattr("simulations.studies.run.run_cell", killed)
        with pytest.raises(KilledError):
            run_study(memory_study, tiny, tmp_path / "run")
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "run" / "cells").glob("*/scores.csv")}
    assert len(before) == 2
    run_study(memory_study, tiny, tmp_path / "run", workers=2)
    for name in ("study.csv", "config.toml"):
        assert (tmp_path / "run" / name).read_bytes() == (studied / name).read_bytes()
    assert {file: file.stat().st_mtime_ns for file in before} == before, "finished cells are not run again"


def test_what_cells_have_in_common_is_trained_once(studied):
    """Of 4 cells × (first + finetuning + exper + joint) stages: the memory changes ExpeR alone."""
    (said,) = [line for line in json.loads((studied / "run.json").read_text())["spent"] if "differed" in line]
    whole, differing = map(int, re.findall(r"Of (\d+) stages of training (\d+) differed", said)[0])
    orders, seeds, capacities = 2, 1, 2
    # joint's stage of the first environment is the shared one, as every arm's
    assert whole == capacities * orders * seeds * (1 + 3)
    assert differing == orders * seeds * (1 + 1 + 1 + capacities)
    assert not (studied / "shared").exists()


@pytest.mark.usefixtures("no_page")
def test_without_sharing_the_bytes_are_the_same(studied, memory_study, tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "SharedStages", lambda folder: None)
    run_study(memory_study, tiny, tmp_path / "run")
    assert (tmp_path / "run" / "study.csv").read_bytes() == (studied / "study.csv").read_bytes()
