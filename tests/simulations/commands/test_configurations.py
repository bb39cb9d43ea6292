"""`fedser configs` and `fedser init`."""

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from simulations import shipped


def test_configs_lists_them_in_a_line_each(fedser):
    code, out, _ = fedser("configs")
    assert code == 0
    lines = out.splitlines()
    assert len(lines) == len(shipped.names()) + len(shipped.study_names())
    assert lines[1].split("  ")[0] == "fedser demo"
    assert all("needs" in line for line in lines)


def write_corpus(manifest, folder):
    """Write 5 speakers × 4 noises of three seconds, which nobody would leave out for their length."""
    stream = np.random.default_rng(0)
    folder.mkdir(parents=True)
    rows = ["path,speaker,activation,valence"]
    for k in range(20):
        activation, valence = stream.uniform(1, 7, 2)
        soundfile.write(folder / f"{k}.wav", 0.01 * activation * stream.normal(size=50_000), 16_000)
        rows.append(f"{(folder / f'{k}.wav').relative_to(manifest.parent)},{k % 5},{activation},{valence}")
    manifest.write_text("\n".join(rows), encoding="utf-8")


def test_what_init_writes_runs_as_it_is(fedser, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_corpus(tmp_path / "mine/home/manifest.csv", tmp_path / "mine/home/audio")
    write_corpus(tmp_path / "mine/a “b”=[c].csv", tmp_path / "mine/noise")
    Path("mine/notes.csv").write_text("path,words\n")
    code, out, err = fedser("init", "my", "--data", "mine")
    assert (code, err) == (0, "")
    assert out == "configuration: my.toml\nrun it: fedser paper my.toml --data mine\n"
    text = Path("my.toml").read_text(encoding="utf-8")
    assert text.startswith("# fedser paper my.toml --data FOLDER\n")
    places = [(each["name"], each["corpus"], each["root"]) for each in tomllib.loads(text)["environments"]]
    assert places == [("a bc", "manifest", "a “b”=[c].csv"), ("home", "manifest", "home")]
    code, out, err = fedser("corpora", "mine")
    assert code == 0, err
    rows = [line.split("  ")[0] for line in out.splitlines()]
    assert {"a bc", "home"} <= set(rows)
    quick = ["seeds=1", "model.width=2", "training.max_epochs=1"]  # not the arms: they must do without a gender
    changes = [word for change in quick for word in ("--set", change)]
    code, out, err = fedser("paper", "my.toml", "--data", "mine", "--run", "run", "--workers", 1, *changes)
    assert code == 0, err
    assert set(pd.read_csv("run/scores.csv")["environment"]) == {"a bc", "home"}


def test_init_never_overwrites(fedser, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("my.toml").write_text("mine")
    for name in ("my", "my.toml"):
        code, out, err = fedser("init", name)
        assert (code, out) == (2, "")
        assert err == "fedser: my.toml: is there already and is left as it is; choose another name\n"
    assert Path("my.toml").read_text() == "mine"


def test_without_data_it_is_the_template(fedser, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, _ = fedser("init", "sub.v2")
    assert code == 0
    assert "fedser paper sub.v2.toml --data FOLDER" in out
    template = (shipped.folder() / "own_corpora.toml").read_text(encoding="utf-8")
    assert Path("sub.v2.toml").read_text(encoding="utf-8") == template.replace("configs/own_corpora", "sub.v2", 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["my", "--data", "empty"], "empty: holds no corpus; expected a CSV with the columns path, speaker"),
        (["my", "--data", "nowhere"], "nowhere: cannot be listed (No such file or directory)"),
        (["nowhere/my"], "nowhere/my.toml: cannot be written (No such file or directory)"),
    ],
)
def test_mistakes(fedser, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    code, out, err = fedser("init", *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert not Path("my.toml").exists()
