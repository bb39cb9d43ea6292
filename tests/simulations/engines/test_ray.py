"""Ray's results are those of the default engine, killed and resumed as well; nothing of it stays behind."""

import re
import signal
import subprocess
import sys
import time

import pytest

from fedser.errors import RunError
from simulations.engines import ray
from simulations.engines.flower.caretaker import processes_of

pytestmark = pytest.mark.engine

CHANGES = ["seeds=1", "devices.count=4", 'arms=["federated:gem", "personal-head:exper"]']
PATIENCE_S = 300


def home_of(run):
    """Return the temporary home of a run's processes, which Flower names in the log; None if it has not yet."""
    log = run / "logs" / "ray.log"
    found = re.findall(r"installed fedser to (\S+)/apps/", log.read_text()) if log.exists() else []
    return found[-1] if found else None


def start(smoke, run):
    """Start the command in a process of its own."""
    changes = [word for change in CHANGES for word in ("--set", change)]
    command = ["simulate", str(smoke), "--engine", "ray", "--workers", "2", "--run", str(run), *changes]
    return subprocess.Popen([sys.executable, "-m", "simulations.cli", *command], stderr=subprocess.PIPE, text=True)


def wait_until(happened):
    until = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_killed_and_resumed_ray_equals_the_default_engine(simulate, smoke, tmp_path):
    expected = simulate(tmp_path / "inprocess", "inprocess", CHANGES)
    run = tmp_path / "a run 'with' \"quotes\" é"
    process = start(smoke, run)
    checkpoints = run / "checkpoints" / "seed-0" / "federated-gem-random"
    wait_until(lambda: (checkpoints / "round-00001.json").exists() or process.poll() is not None)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not (run / "scores.csv").exists()
    home = home_of(run)
    wait_until(lambda: not processes_of(home))

    resumed = simulate(run, "ray", CHANGES)

    assert resumed == expected
    assert home_of(run) != home
    assert not processes_of(home_of(run))


def test_what_the_server_says_of_a_failure_reaches_the_user(tmp_path):
    with pytest.raises(RunError, match=r"finished:failed .*config\.toml.*its log: .*ray\.log"):
        ray.run_federation(tmp_path, devices=2, workers=1)
    assert not processes_of(home_of(tmp_path))
