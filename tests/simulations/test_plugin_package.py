"""A package installed by pip extends fedser: in process with two workers, resumed after a kill, and on Ray."""

import json
import os
import signal
import subprocess
import sys
import sysconfig
import time
import venv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from fedser.vocabulary import RATE_HZ

PACKAGE = Path(__file__).parents[1] / "plugin_package"
ROOT = Path(__file__).parents[2]
PATIENCE_S = 300

CONFIG = """
seeds = 1
rounds = 4
arms = ["local:anchored", "federated:anchored@middle", "federated:anchored", "federated:exper@middle"]
metrics = ["ccc", "uar", "mae"]

[[corpora]]
name = "tones"
corpus = "tones"
root = "tones"

[[environments]]
name = "home"
acoustics = "home"

[[environments]]
name = "office"
acoustics = "office"

[features]
acoustic = "loudness"
acoustic_options = { floor_db = -60.0 }

[devices]
count = 4

[server]
speakers = 0.0

[mobility]
kind = "pendulum"

[pendulum]
swing = 2

[anchored]
strength = 0.25

[middle]
trimmed = 1

[stream]
per_round = 4

[memory]
capacity = 6

[reports]
min_pooled = 2

[model]
width = 16

[training]
learning_rate = 0.02
batch_size = 4
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """Return the Python of a fresh environment: what is installed here, and there by pip the package."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    inside = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    here = [str(ROOT), *(path for path in sys.path if path.endswith("site-packages"))]
    (inside / "surroundings.pth").write_text("\n".join(here) + "\n")
    python = folder / "bin" / "python"
    install = ["-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", str(PACKAGE)]
    subprocess.run([python, *install], check=True, env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    assert (inside / "fedser_example" / "learning.py").exists()
    return python


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tones")
    stream = np.random.default_rng(0)
    (folder / "tones").mkdir()
    for speaker in range(10):
        for k in range(10):
            activation, valence = stream.integers(-95, 96, 2)
            t = np.arange(int(0.3 * RATE_HZ)) / RATE_HZ
            tone = 10 ** (activation / 100 - 1.5) * np.sin(2 * np.pi * (300 + valence) * t)
            soundfile.write(folder / "tones" / f"s{speaker}_{activation}_{valence}_{k}.wav", tone, RATE_HZ)
    (folder / "example.toml").write_text(CONFIG)
    return folder / "example.toml"


def start(python, config, run, *extra):
    command = ["-m", "simulations.cli", "simulate", config, "--data", config.parent, "--run", run, *extra]
    return subprocess.Popen(
        [python, *map(str, command)],
        cwd=config.parent,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )


def finish(process):
    _, error = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, error


@pytest.fixture(scope="module")
def straight(python, config, tmp_path_factory):
    run = tmp_path_factory.mktemp("straight") / "run"
    finish(start(python, config, run, "--workers", 1))
    return run


def test_everything_of_the_package_was_in_use(straight):
    scores = pd.read_csv(straight / "scores.csv", keep_default_na=False)
    assert set(zip(scores["mode"], scores["method"], scores["rule"], strict=True)) == {
        ("local", "anchored", ""),
        ("federated", "anchored", "middle"),
        ("federated", "anchored", ""),
        ("federated", "exper", "middle"),
    }
    assert set(scores["metric"]) == {"ccc", "uar", "mae"}
    assert (scores.loc[scores["metric"] == "mae", "value"] > 0).all()
    visits = pd.read_csv(straight / "visits.csv")
    assert visits[visits["device"] == 0]["environment"].tolist() == ["home", "home", "office", "office"]
    costs = pd.read_csv(straight / "costs.csv")
    kept = costs[(costs["method"] == "anchored") & (costs["round"] == 4)]["memory_bytes"]
    assert (kept > 0).all()  # the anchor, and the model so far
    record = json.loads((straight / "run.json").read_text())
    mine = {entry["group"]: entry for entry in record["extensions"] if entry["source"] == "fedser-example"}
    assert set(mine) >= {"strategies", "rules", "mobility", "metrics", "corpora", "encoders"}
    assert {entry["version"] for entry in mine.values()} == {"1.2.3"}
    assert "stays near the model as it left the last environment." in (straight / "report.html").read_text()


def test_two_workers_and_a_kill_change_nothing(python, config, straight, tmp_path):
    run = tmp_path / "run"
    process = start(python, config, run, "--workers", 2)
    until = time.monotonic() + PATIENCE_S
    while len(list(run.glob("checkpoints/**/round-*.json"))) < 4 and process.poll() is None:
        assert time.monotonic() < until
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    finish(start(python, config, run, "--workers", 2))
    assert (run / "scores.csv").read_bytes() == (straight / "scores.csv").read_bytes()


@pytest.mark.engine
def test_on_ray_it_is_the_same(python, config, straight, tmp_path):
    finish(start(python, config, tmp_path / "run", "--engine", "ray", "--workers", 2))
    assert (tmp_path / "run" / "scores.csv").read_bytes() == (straight / "scores.csv").read_bytes()
