"""`fedser.run` and `fedser.load_run`: ten lines in a notebook, twice in one process, the same as in fresh ones."""

import gc
import logging
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import matplotlib.figure
import numpy as np
import pandas as pd
import pytest
import tomli_w
import torch

import fedser
from fedser.errors import ConfigError, RunError, UserError
from fedser.plugins import register
from fedser.strategies import Strategy
from simulations.kinds import read_experiment
from tests.report.test_kinds import CELLS, FINDING, write_study

REPOSITORY = Path(__file__).parents[2]

ONE_DEVICE = {
    "seeds": 1,
    "arms": ["finetuning", "gem"],
    "environments": [
        {"name": place, "corpus": "synthetic", "options": {"place": place, "speakers": 6, "seed": 1}}
        for place in ("home", "office")
    ],
    "model": {"width": 4},
    "memory": {"capacity": 9},
    "training": {"learning_rate": 0.02, "max_epochs": 3},
}
MOVING = {
    "seeds": 1,
    "rounds": 2,
    "arms": ["local:finetuning", "federated:gem"],
    "corpora": [{"name": "speech", "corpus": "synthetic", "options": {"speakers": 6, "seed": 1}}],
    "environments": [{"name": "home"}, {"name": "office", "acoustics": "office"}],
    "devices": {"count": 3},
    "stream": {"per_round": 4},
    "model": {"width": 4},
    "training": {"learning_rate": 0.02},
}
CONFIGS = {"one-device": ONE_DEVICE, "moving": MOVING}
CHANGES = {"one-device": {"memory.capacity": 4, "training.max_epochs": 5}, "moving": {"adaptation.epochs": 3}}

NOTEBOOK = """
import numpy as np
import fedser
run = fedser.run(config, run=folder, changes=changes)
again = fedser.load_run(run.folder)
mine = again.scores.query("split == 'test' and metric == 'ccc' and target == 'activation'")
means = mine.groupby(["method", "environment"])["value"].mean()
table = again.tables[key].frame
figure = again.figures[name]
model = again.model(arm, seed=0)
predicted = model.predict([np.sin(np.arange(16000) / 20).astype(np.float32)], ["good morning"])
"""
SHOWN = {
    "one-device": {"key": "2a", "name": "forgetting-activation", "arm": "gem"},
    "moving": {"key": "1a", "name": "rounds-activation-federated-global", "arm": "federated:gem"},
}


def cells(kind, folder, changes):
    """Do what the notebook does, and return what it then knows."""
    known = {"config": CONFIGS[kind], "folder": folder, "changes": changes, **SHOWN[kind]}
    exec(NOTEBOOK, known)
    return known


def in_a_fresh_process(kind, folder, changes):
    """Run the same by the command line; return scores.csv."""
    path = folder.with_suffix(".toml")
    path.write_text(tomli_w.dumps(CONFIGS[kind]))
    options = [part for key, value in changes.items() for part in ("--set", f"{key}={value}")]
    command = {"one-device": "paper", "moving": "simulate"}[kind]
    arguments = [command, str(path), "--run", str(folder), "--workers", "1", *options]
    process = [sys.executable, "-m", "simulations.cli", *arguments]
    subprocess.run(process, cwd=REPOSITORY, check=True, capture_output=True)
    return (folder / "scores.csv").read_bytes()


@pytest.mark.parametrize("kind", list(CONFIGS))
def test_ten_lines_twice_in_one_process_with_other_options(tmp_path, kind, capfd):
    assert len(NOTEBOOK.strip().splitlines()) == 10
    first = cells(kind, tmp_path / "first", {})
    second = cells(kind, tmp_path / "second", CHANGES[kind])
    assert capfd.readouterr() == ("", "")
    found = [known["run"].folder.joinpath("scores.csv").read_bytes() for known in (first, second)]
    assert found[0] != found[1]
    assert found[1] == in_a_fresh_process(kind, tmp_path / "fresh", CHANGES[kind])
    for known in (first, second):
        assert known["means"].between(-1, 1).all()
        assert set(known["means"].index.get_level_values("environment")) == {"home", "office"}
        assert isinstance(known["figure"], matplotlib.figure.Figure)
        assert len(known["figure"].axes) == 2
        assert isinstance(known["table"], pd.DataFrame)
        assert known["predicted"].shape == (1, 2)
        assert np.isfinite(known["predicted"]).all()
    assert not np.array_equal(first["predicted"], second["predicted"])


@pytest.fixture(scope="module")
def finished(tmp_path_factory, cache_folder):
    """One run of each of both kinds."""
    folder = tmp_path_factory.mktemp("finished")
    return {kind: fedser.run(config, run=folder / kind) for kind, config in CONFIGS.items()}


def state():
    """What of the process a run must leave as it was."""
    levels = {name: logging.getLogger(name).level for name in (None, "flwr", "matplotlib", "fedser")}
    return {
        "threads": torch.get_num_threads(),
        "alive": set(threading.enumerate()),
        "environment": dict(os.environ),
        "frozen": gc.get_freeze_count(),
        "collecting": gc.isenabled(),
        "loggers": levels,
        "folder": Path.cwd(),
        "torch": torch.random.get_rng_state().tolist(),
        "numpy": np.random.get_state()[1].tolist(),  # noqa: NPY002
        "errors": np.geterr(),
    }


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("kind", list(CONFIGS))
def test_the_process_is_left_as_it_was(finished, tmp_path, kind, workers):
    torch.set_num_threads(2)
    try:
        before = state()
        fedser.run(CONFIGS[kind], run=tmp_path / "run", workers=workers)
        assert state() == before
    finally:
        torch.set_num_threads(1)
    scores = (tmp_path / "run" / "scores.csv").read_bytes()
    assert scores == (finished[kind].folder / "scores.csv").read_bytes()


def test_a_run_that_fails_leaves_the_process_too(finished, tmp_path):
    before = state()
    with pytest.raises(UserError, match="diverged"):
        fedser.run(ONE_DEVICE, run=tmp_path / "run", workers=2, changes={"training.learning_rate": 1e38})
    assert state() == before


def test_a_finished_run_is_read_and_another_configuration_refused(finished):
    run = finished["one-device"]
    before = (run.folder / "run.json").read_bytes()
    assert fedser.run(ONE_DEVICE, run=run.folder).scores.equals(run.scores)
    assert (run.folder / "run.json").read_bytes() == before
    with pytest.raises(RunError, match=r"another configuration \(memory.capacity is 9 there, 4 here\)"):
        fedser.run(ONE_DEVICE, run=run.folder, changes=["memory.capacity=4"])


def test_a_file_a_mapping_and_an_experiment_are_the_same(finished, tmp_path, monkeypatch):
    run = finished["one-device"]
    path = tmp_path / "tiny.toml"
    path.write_text(tomli_w.dumps(ONE_DEVICE))
    _, experiment = read_experiment(ONE_DEVICE)
    for config in (path, str(path), experiment):
        assert fedser.run(config, run=run.folder).folder == run.folder  # not refused: it is the same
    monkeypatch.chdir(tmp_path)
    small = {"training.max_epochs": 1, "arms": ["finetuning"]}
    folders = [fedser.run(config, changes=small).folder for config in (path, ONE_DEVICE, path)]
    assert [folder.name.partition("-2")[0] for folder in folders] == ["tiny", "one-device", "tiny"]
    assert len(set(folders)) == 3
    assert all(folder.parent == Path("runs") and (folder / "scores.csv").exists() for folder in folders)


def test_seeds_and_changes_of_both_kinds(finished, tmp_path):
    run = fedser.run(ONE_DEVICE, run=tmp_path / "a", seeds=2, changes=["model.width=3", "arms=['exper-length']"])
    assert run.scores["seed"].unique().tolist() == [0, 1]
    assert set(run.scores["memory"]) == {"length"}
    other = fedser.run(
        ONE_DEVICE, run=tmp_path / "b", seeds=2, changes={"model.width": 3, "arms": ["exper-length"]}
    )
    assert (tmp_path / "a" / "scores.csv").read_bytes() == (tmp_path / "b" / "scores.csv").read_bytes()
    assert other.model().predict([np.zeros(8000, np.float32)], [""]).shape == (1, 2)
    assert "environments" in ONE_DEVICE
    assert "memory.capacity" not in ONE_DEVICE


def test_what_a_run_is(finished):
    run = finished["moving"]
    assert run.folder.name == "moving"
    assert run.record["command"] == "fedser.run"
    assert repr(run) == f"Run({str(run.folder)!r}, a run of moving devices)"
    assert run.kind == "moving"
    changed = run.scores
    changed["value"] = 0.0
    assert run.scores["value"].abs().sum() > 0
    assert run.figures["map"] is not run.figures["map"]
    assert run.figures["map"]._repr_png_().startswith(b"\x89PNG")
    assert "rounds-activation-federated-global" in repr(run.figures)
    with pytest.raises(KeyError, match='no figure "mapp"; did you mean "map"'):
        run.figures["mapp"]
    assert "<table" in run.tables["1a"]._repr_html_()
    assert str(run.tables["1a"]).startswith("Table 1a. Activation at the end: CCC\n")
    device = run.model("local:finetuning", device=1)
    assert device.config["trained"]["device"] == 1


def test_every_kind_of_run_is_loaded(tmp_path):
    attack = fedser.load_run(write_study(tmp_path / "attack", "attack", "attacks.csv", [FINDING]))
    assert attack.scores["estimate"].tolist() == [0.5]
    assert (list(attack.tables), list(attack.figures)) == (["1"], ["linkage"])
    frontier = fedser.load_run(str(write_study(tmp_path / "frontier", "frontier", "frontier.csv", CELLS)))
    assert len(frontier.scores) == len(CELLS)
    assert len(frontier.figures["federated-memory-8"].axes) == 7
    for study in (attack, frontier):
        with pytest.raises(RunError, match="has no model of its own; export one of its federations"):
            study.model()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"config": "no.toml"}, "^no.toml: no such configuration file"),
        ({"config": 3}, "expected the path of a TOML file, a mapping of sections or an experiment, got 3$"),
        ({"config": {"arms": []}}, r"^configuration: "),
        ({"config": ONE_DEVICE | {"sedes": 2}}, 'unknown key "sedes"; did you mean "seeds"'),
        ({"config": ONE_DEVICE, "seeds": 0}, "seeds should be greater than or equal to 1"),
        ({"config": ONE_DEVICE, "workers": 0}, "^workers: a run needs 1 to 1024 processes, got 0$"),
        (
            {"config": ONE_DEVICE, "data": "nowhere"},
            "^data nowhere: no such folder; give the folder",
        ),
        ({"config": ONE_DEVICE, "changes": "seeds=2", "seeds": 3}, "^changes: expected a list or a mapping"),
        ({"config": ONE_DEVICE, "changes": {"memory.capcity": 4}}, 'unknown key "capcity"'),
        ({"config": MOVING, "engine": "rai"}, 'unknown engine "rai"; did you mean "ray"'),
    ],
)
def test_mistakes_are_one_line(tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=said) as caught:
        fedser.run(**arguments)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def slow(rate):
    """A method as a cell of a notebook defines it, and defines it again."""

    def direction(self, gradients, step):
        return Strategy.direction(self, gradients * rate, step)

    fields = {"name": "slow", "title": "Slow", "does": "is slow.", "direction": direction, "__module__": __name__}
    return register(type("Slow", (Strategy,), fields))


def test_a_method_that_is_defined_anew_is_the_one_that_runs(tmp_path):
    """As in a notebook: the same cell with another number, the same folder."""
    found = []
    for rate in (1.0, 0.0):
        slow(rate)
        folder = fedser.run(MOVING, run=tmp_path / "run", changes={"arms": ["federated:slow"]}).folder
        found.append((folder / "scores.csv").read_bytes())
        shutil.rmtree(folder)
    assert found[0] != found[1]


def test_what_a_notebook_defines_cannot_be_had_by_other_processes(tmp_path, monkeypatch):
    class Cell(Strategy):
        name = "cell"
        title = "Cell"
        does = "is of a cell."

    Cell.__module__ = "__main__"
    monkeypatch.setitem(register.__globals__["_registered"]["strategies"], "cell", _of_main(Cell))
    monkeypatch.delattr(sys.modules["__main__"], "__file__", raising=False)
    with pytest.raises(
        ConfigError, match=r'^"cell" is defined in this notebook, .* take workers=1, or put it into'
    ):
        fedser.run(MOVING, run=tmp_path / "run", workers=2, changes={"arms": ["federated:cell"]})
    assert fedser.run(MOVING, run=tmp_path / "run", changes={"arms": ["federated:cell"]}).record["finished"]


def _of_main(thing):
    from fedser.plugins import _Registered

    return _Registered(thing, "__main__", thing.__qualname__)
