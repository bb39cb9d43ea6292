"""A tiny experiment that runs in seconds: three manifests of short tones, a narrow model."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fedser.vocabulary import RATE_HZ
from simulations.cli import main

PLACES = ("home", "office", "street")

CONFIG = """
seeds = 2
arms = ["finetuning", "exper", "gem-speaker", "joint"]

{environments}
[model]
width = 8

[training]
learning_rate = 0.05
batch_size = 8
patience = 3
max_epochs = 6
checkpoint_every = 1

[memory]
capacity = 9
"""

MOVING = """
seeds = 1
rounds = 3
arms = ["local:finetuning", "federated:exper"]

{environments}
[devices]
count = 4

[server]
speakers = 0.0

[mobility]
kind = "schedule"

[schedule]
environments = ["home", "office", "street"]

[stream]
per_round = 4

[adaptation]
epochs = 1

[model]
width = 4

[training]
learning_rate = 0.05
"""

ENVIRONMENT = """
[[environments]]
name = "{place}"
corpus = "manifest"
root = "{place}/manifest.csv"
options = {{ min_duration_s = 0.3 }}
"""


def write_place(folder, place, pitch_hz):
    """Write 10 speakers × 5 tones whose level says the activation and whose pitch the valence."""
    stream = np.random.default_rng(int(pitch_hz))
    rows = ["path,speaker,gender,activation,valence,transcript"]
    (folder / place).mkdir(parents=True)
    for speaker in range(10):
        for k in range(5):
            activation, valence = stream.uniform(-1, 1, 2)
            t = np.arange(int(0.4 * RATE_HZ)) / RATE_HZ
            tone = 10 ** (activation - 1.5) * np.sin(2 * np.pi * pitch_hz * (1 + 0.2 * valence) * t)
            name = f"s{speaker}-{k}.wav"
            soundfile.write(folder / place / name, tone + 0.001 * stream.normal(size=t.size), RATE_HZ)
            gender = "female" if speaker % 2 else "male"
            rows.append(f"{name},{place}{speaker},{gender},{activation:.4f},{valence:.4f},word {k}")
    (folder / place / "manifest.csv").write_text("\n".join(rows) + "\n")


@dataclass(frozen=True)
class Tiny:
    """Where the tiny experiment lies."""

    data: Path
    config: Path

    def command(self, run, *extra):
        return ["paper", str(self.config), "--data", str(self.data), "--run", str(run), *map(str, extra)]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    for place, pitch_hz in zip(PLACES, (200, 300, 500), strict=True):
        write_place(folder / "data", place, pitch_hz)
    config = folder / "tiny.toml"
    environments = "".join(ENVIRONMENT.format(place=place) for place in PLACES)
    config.write_text(CONFIG.format(environments=environments))
    return Tiny(folder / "data", config)


@pytest.fixture(scope="session")
def moving(tiny):
    """The tiny corpora, each in a place of its own; returns the path of its configuration."""
    path = tiny.config.with_name("moving.toml")
    path.write_text(MOVING.format(environments="".join(ENVIRONMENT.format(place=place) for place in PLACES)))
    return path


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory):
    """Keep the tests' features out of the user's cache; what one worker of pytest made serves the others."""
    before = os.environ.get("FEDSER_CACHE")
    own = tmp_path_factory.getbasetemp()
    cache = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "cache"
    cache.mkdir(exist_ok=True)
    os.environ["FEDSER_CACHE"] = str(cache)
    yield Path(os.environ["FEDSER_CACHE"])
    if before is None:
        del os.environ["FEDSER_CACHE"]
    else:
        os.environ["FEDSER_CACHE"] = before


@pytest.fixture(scope="session")
def reference(tiny, tmp_path_factory, cache_folder):
    """A run from start to end in one process."""
    from fedser.config import load
    from simulations.one_device.config import PaperConfig
    from simulations.one_device.run import run_paper
    from simulations.sources import RunContext, Sources

    folder = tmp_path_factory.mktemp("reference") / "run"
    run_paper(load(tiny.config, PaperConfig), RunContext(folder, Sources(tiny.data), workers=1))
    return folder


@pytest.fixture
def fedser(monkeypatch, capsys):
    """Run the command in this process; returns (exit code, stdout, stderr)."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["fedser", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        output = capsys.readouterr()
        return stop.value.code, output.out, output.err

    return run


@pytest.fixture
def start():
    """Start the command as a process of its own; killed at the end of the test at the latest."""
    started = []

    def launch(*arguments):
        command = [sys.executable, "-m", "simulations.cli", *map(str, arguments)]
        root = Path(__file__).parent.parent.parent
        # A shell's background job is deaf to Ctrl-C, and so would be its children; a terminal's is not.
        hearing = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            process = subprocess.Popen(
                command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            )
        finally:
            signal.signal(signal.SIGINT, hearing)
        started.append(process)
        return process

    yield launch
    for process in started:
        process.kill()
        process.communicate()
