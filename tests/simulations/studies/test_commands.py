"""`fedser study` and `compare` as commands: what they print, refuse and write."""

import json
import re
import shutil

import pandas as pd
import pytest


@pytest.fixture(scope="module")
def cells(studied):
    return sorted((studied / "cells").iterdir())


def test_the_plan_says_what_would_be_run(fedser, memory_study, studied, tmp_path):
    code, out, err = fedser("study", memory_study, "--plan")
    assert code == 0, err
    assert "4 cells (memory 2 × order 2; fedser paper tiny.toml), 4 to run: 4 runs of a seed, 12 of an arm" in out
    _, out, _ = fedser("study", memory_study, "--plan", "--run", studied)
    assert out.count("(finished)") == 4
    assert ", 0 to run" in out


def test_a_mistake_ends_with_2_and_makes_no_folder(fedser, memory_study, tmp_path):
    code, _, err = fedser("study", memory_study, "--run", tmp_path / "run", "--set", "common.modle.width=3")
    assert (code, err.count("\n")) == (2, 1)
    assert 'unknown key "modle"; did you mean "model"?' in err
    assert not (tmp_path / "run").exists()
    code, _, err = fedser("study", "memry")
    assert (code, err) == (2, 'fedser: memry: no such study; did you mean "memory"?\n')


def test_a_finished_study_is_reported_again_to_the_same_bytes(fedser, memory_study, studied, tiny):
    before = {name: (studied / name).read_bytes() for name in ("report.html", "tables.txt", "study.csv")}
    code, _, err = fedser("report", studied)
    assert code == 0, err
    assert {name: (studied / name).read_bytes() for name in before} == before


def test_the_page_has_figures_tables_and_what_it_cost(studied):
    html = (studied / "report.html").read_text()
    assert html.count('<svg class="chart" role="img" aria-label="Activation, CCC:') == 2, "one for each axis"
    for said in (
        "Cost",
        "values against the first",
        "methods against Finetuning",
        "4 cells took",
        "config.toml",
    ):
        assert said in html
    assert html.count("all cells: One seed only") == 1, "what is true of all cells is said once"
    assert "http:" not in html
    assert "https:" not in html
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    used = set(re.findall(r"var\(--([\w-]+)\)", html))
    assert used <= set(re.findall(r"--([\w-]+):", html))


def test_runs_side_by_side_say_what_the_study_said(fedser, cells, studied, tmp_path):
    code, _, err = fedser("compare", cells[0], cells[2], "--output", tmp_path / "both")
    assert code == 0, err
    ours, study = pd.read_csv(tmp_path / "both" / "study.csv"), pd.read_csv(studied / "study.csv")
    names = {cells[0].name: "4, home, office", cells[2].name: "9, home, office"}
    assert list(dict.fromkeys(ours["run"])) == list(names)
    keys = ["cell", "seed", "arm", "environment", "target", "measure", "value"]
    theirs = study[study["cell"].isin(names.values())][keys].reset_index(drop=True)
    pd.testing.assert_frame_equal(ours.assign(cell=ours["cell"].map(names))[keys], theirs)
    assert (tmp_path / "both" / "report.html").stat().st_size > 10_000


def test_what_cannot_be_compared_is_refused_in_one_line(fedser, cells, reference, tmp_path):
    other = shutil.copytree(cells[0], tmp_path / "other")
    table = pd.read_csv(other / "utterances.csv", keep_default_na=False)
    table["split"] = table["split"].replace({"test": "validation", "validation": "test"})
    table.to_csv(other / "utterances.csv", index=False, lineterminator="\n")
    record = json.loads((other / "run.json").read_text())
    del record["digests"]
    (other / "run.json").write_text(json.dumps(record))
    for runs, said in {
        (cells[0], other): "are tested on other utterances of ",
        (cells[0],): "expected at least 2 runs, got 1",
        (cells[0], cells[0]): "is named twice",
        (cells[0], tmp_path): "not a run folder",
        (cells[0], cells[0].parents[1]): "a run of kind study, which cannot be compared",
    }.items():
        code, _, err = fedser("compare", *runs, "--output", tmp_path / "out")
        assert (code, err.count("\n")) == (2, 1), err
        assert said in err
    assert not (tmp_path / "out").exists()
