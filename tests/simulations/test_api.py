"""fedser from a notebook: run, load, plot."""

import numpy as np
import pandas as pd
import pytest

import fedser
from fedser.errors import ConfigError, RunError


def notebook(config, data, folder, changes):
    """Ten lines of a notebook."""
    done = fedser.run(config, data=data, run=folder, seeds=1, changes=changes)
    run = fedser.load_run(folder)
    assert run.kind == done.kind
    scores = run.scores.query("split == 'test' and metric == 'ccc' and target == 'activation'")
    by_arm = scores.groupby(["method", "memory"]).value.mean()
    for name, figure in run.figures.items():
        figure.savefig(folder / f"{name}.png")
    model = run.model("exper")
    found = model.predict([np.sin(np.arange(16_000) / 20).astype(np.float32)], ["hello"])
    return run, by_arm, found


def test_run_load_plot_twice_in_one_process_with_other_options(tiny, tmp_path):
    first, by_arm, found = notebook(tiny.config, tiny.data, tmp_path / "a", {"memory.capacity": 9})
    other, other_by_arm, other_found = notebook(tiny.config, tiny.data, tmp_path / "b", ["memory.capacity=3"])
    assert by_arm.index.equals(other_by_arm.index)
    assert len(by_arm) == 4
    assert by_arm["exper"].item() != other_by_arm["exper"].item(), "memories of other sizes"
    assert by_arm["joint"].item() == other_by_arm["joint"].item(), "it has no memory"
    assert found.shape == (1, 2)
    assert not np.array_equal(found, other_found)
    assert (tmp_path / "a" / "tables.txt").read_text().count("Table ") >= len(first.tables) > 5
    pictures = {path.stem for path in (tmp_path / "b").glob("*.png")}
    assert pictures == set(other.figures) != set()
    again = fedser.run(tiny.config, tiny.data, tmp_path / "a", 1, changes={"memory": {"capacity": 9}})
    pd.testing.assert_frame_equal(again.scores, first.scores)


def test_moving_devices(tiny, moving, tmp_path):
    run = fedser.run(moving, tiny.data, tmp_path / "run")
    assert run.kind == "moving"
    assert set(run.scores["mode"]) == {"local", "federated"}
    assert {"1a", "2a", "4"} <= set(run.tables)
    assert next(iter(run.figures.values())).axes
    assert run.model("federated:exper").regressor.state_dict()
    weights = [run.model("local:finetuning", device=device).regressor.state_dict() for device in (0, 1)]
    assert any(not (weights[0][name] == weights[1][name]).all() for name in weights[0])


def test_what_is_changed_in_a_frame_is_not_changed_in_the_run(tiny, tmp_path):
    run = fedser.run(tiny.config, tiny.data, tmp_path / "run", 1)
    frame = run.scores
    frame["value"] = 0.0
    assert run.scores["value"].abs().sum() > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"data": "nowhere"}, "data nowhere: no such folder"),
        ({"workers": 0}, "workers: 0"),
        ({"changes": {"memory.capcity": 3}}, "capcity"),
        ({"changes": "memory.capacity=3"}, "expected a list or a mapping"),
        ({"config": "nowhere.toml"}, "nowhere.toml: no such configuration file"),
    ],
)
def test_mistakes(tiny, tmp_path, arguments, said):
    chosen = {"config": tiny.config, "data": tiny.data, "run": tmp_path / "run"} | arguments
    with pytest.raises(ConfigError, match=said):
        fedser.run(**chosen)
    assert not (tmp_path / "run").exists()


def test_no_run_and_no_such_figure(tiny, tmp_path):
    with pytest.raises(RunError, match=r"run\.json"):
        fedser.load_run(tmp_path)
    run = fedser.run(tiny.config, tiny.data, tmp_path / "run", 1)
    with pytest.raises(KeyError, match="known: "):
        run.figures["portrait"]
    with pytest.raises(RunError, match="no seed 7"):
        run.model("exper", seed=7)
    with pytest.raises(RunError, match="name one"):
        run.model()
