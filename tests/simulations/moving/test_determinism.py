"""One worker, two, killed and resumed: the same bytes."""

import gc
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from flwr.supercore.task_identity import TaskIdentity

from clients.device_store import DeviceStore
from fedser.config import load
from fedser.errors import RunError
from simulations.engines import inprocess
from simulations.moving.config import MovingConfig
from simulations.moving.outcome import write_results
from simulations.moving.run import run_moving
from simulations.sources import RunContext, Sources
from tests.simulations.moving.small_federation import ACOUSTICS, intercepted, prepared, run, table, weights_hash

ROOT = Path(__file__).parents[3]
CHANGES = {
    "arms": [
        *("local:exper", "federated:gem", "personal-head:exper-length", "federated:finetuning"),
        *("federated:user-derpp", "local:ewc", "personal-norm:lwf", "ditto:gem", "federated:si"),
    ],
    "plugins": {"modules": ["tests.strategies.user_methods"]},
    "ewc": {"strength": 1.0},
    "lwf": {"strength": 0.05},
    "seeds": 2,
    "rounds": 8,
    "devices": {"count": 6},
    "participation": {"fraction": 0.7},
    "stream": {"label_delay": 1, "label_fraction": 0.8, "label_noise": 0.2, "backlog": 6},
    "mobility": {"availability": 0.9},
    "server": {"speakers": 0.3},
    "aggregation": {"rule": "fedadam"},
    "fedadam": {"eta": 0.01},
    "model": {"width": 96},  # messages larger than a pipe holds
}
PACE_S, PATIENCE_S = 0.002, 300


def results(folder):
    """All that must not differ: every file but for the seconds in costs.csv, and all weights."""
    names = ("scores.csv", "prequential.csv", "visits.csv")
    costs = table(folder, "costs.csv").drop(columns="seconds").to_csv()
    return {name: (folder / name).read_bytes() for name in names} | {
        "costs": costs,
        "weights": weights_hash(folder),
    }


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    folder = tmp_path_factory.mktemp("straight") / "run"
    run(folder, **CHANGES)
    return results(folder)


def test_two_workers_change_nothing(straight, tmp_path):
    run(tmp_path / "run", workers=2, **CHANGES)
    assert results(tmp_path / "run") == straight


def test_the_callers_threads_change_nothing_and_are_given_back(straight, tmp_path):
    """As in a notebook: the engine is called in a process that has chosen for itself."""
    chosen = prepared(tmp_path / "run", **CHANGES)
    threads, frozen, task = torch.get_num_threads(), gc.get_freeze_count(), vars(TaskIdentity).copy()
    torch.set_num_threads(2)
    try:
        inprocess.run_federation(tmp_path / "run", 6, 1)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)
    write_results(tmp_path / "run", chosen, ACOUSTICS)
    assert results(tmp_path / "run") == straight
    assert gc.get_freeze_count() == frozen
    assert vars(TaskIdentity) == task


def rounds_done(folder):
    return len(list(folder.glob("checkpoints/**/round-*.json")))


def kill_after(process, folder, rounds):
    """Kill a process and all its workers, without warning, when a run has come so far."""
    until = time.monotonic() + PATIENCE_S
    while rounds_done(folder) < rounds:
        assert process.poll() is None, process.stderr.read().decode()
        assert time.monotonic() < until
        time.sleep(PACE_S)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stderr.close()


def launched(*arguments):
    command = [sys.executable, "-m", *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def test_killed_with_its_workers_and_resumed(straight, tmp_path):
    folder = tmp_path / "run"
    chosen = prepared(folder, **CHANGES)
    for rounds in (5, 31):
        process = launched("tests.simulations.moving.federation_process", folder, 6, 2)
        kill_after(process, folder, rounds)
        assert rounds <= rounds_done(folder) < 2 * 4 * 9
    inprocess.run_federation(folder, 6, 1)
    write_results(folder, chosen, ACOUSTICS)
    assert results(folder) == straight


def test_devices_whose_replies_were_lost_live_the_round_again_to_the_same_end(straight, tmp_path, monkeypatch):
    """Every device finishes a round, and the server is gone before it takes note of any."""
    folder = tmp_path / "run"
    chosen = prepared(folder, **CHANGES)

    class GoneError(Exception):
        """The server's end."""

    for at in (1, 4, 8):

        def lose(message, context, answer, at=at):
            reply = answer(message, context)
            if message.content["task"]["round"] == at and message.content["task"]["arm"].startswith(
                "personal-head:"
            ):
                raise GoneError
            return reply

        with intercepted(monkeypatch, lose), pytest.raises(GoneError):
            inprocess.run_federation(folder, 6, 1)
    inprocess.run_federation(folder, 6, 1)
    write_results(folder, chosen, ACOUSTICS)
    assert results(folder) == straight


def test_the_command_killed_and_resumed_gives_the_same_scores(smoke, smoke_config, tmp_path):
    folder = tmp_path / "run"
    process = launched("simulations.cli", "simulate", smoke_config, "--run", folder, "--seeds", 1, "--workers", 1)
    kill_after(process, folder, 7)
    assert not (folder / "scores.csv").exists()
    run_moving(load(smoke_config, MovingConfig, ["seeds=1"]), RunContext(folder, Sources(), workers=1))
    assert results(folder) == results(smoke)
    assert (folder / "acoustics.csv").read_bytes() == (smoke / "acoustics.csv").read_bytes()


def test_a_finished_run_is_only_reported_again(smoke, smoke_config):
    before = results(smoke), (smoke / "run.json").read_bytes()
    run_moving(load(smoke_config, MovingConfig, ["seeds=1"]), RunContext(smoke, Sources(), workers=1))
    assert (results(smoke), (smoke / "run.json").read_bytes()) == before


def test_a_damaged_store_is_one_line(tmp_path, monkeypatch):
    folder = tmp_path / "run"
    prepared(folder, arms=["federated:exper"], participation={"most_failures": 0.0})
    store = DeviceStore(folder / "devices" / "2" / "seed-0" / "federated-exper-random")

    def spoil(message, context, answer):
        if (message.content["task"]["round"], context.node_config["partition-id"]) == (3, 2):
            file = store.folder / "round-00002.safetensors"
            file.write_bytes(file.read_bytes()[:-20])
        return answer(message, context)

    with intercepted(monkeypatch, spoil), pytest.raises(RunError) as error:
        inprocess.run_federation(folder, 4, 1)
    text = str(error.value)
    assert "\n" not in text
    assert all(part in text for part in ("round-00002.safetensors: damaged", "delete", "and resume"))
