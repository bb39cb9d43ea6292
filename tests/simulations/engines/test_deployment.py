"""Real SuperNodes on the loopback: one is killed in a round and comes back, a stranger is refused."""

import time

import pytest

from fedser import whole_files
from fedser.device import DeviceState
from fedser.errors import RunError
from simulations.engines import answering, deployment
from simulations.engines.flower.caretaker import processes_of

pytestmark = pytest.mark.engine

CHANGES = ["seeds=1", "rounds=3", "devices.count=2", 'arms=["federated:exper"]']
KILLED_IN = 2
STORE = "seed-0/federated-exper-random"
PATIENCE_S = 300


class Killed:
    """Kills device 0 in a round, and brings it back when the round has ended without it."""

    def __init__(self):
        self.homes = []
        self.stored = False

    def run_federation(self, folder, devices, workers):
        with deployment.deploy(folder, devices) as deployed:
            self.homes.append(deployed.home)
            for device in range(devices):
                deployed.register(device)
                deployed.start(device)
            with pytest.raises(RunError, match=f"device {devices}: the SuperLink refused its SuperNode"):
                deployed.start(devices)
            assert "Failed to activate SuperNode" in (folder / "logs" / f"device-{devices}.log").read_text()
            run = deployed.submit()
            wait_for_training(folder / "logs" / "device-0.log")
            deployed.kill(0)
            store = deployed.state(0) / STORE
            assert (store / f"round-{KILLED_IN - 1:05d}.safetensors").exists()
            self.stored = (store / f"round-{KILLED_IN:05d}.safetensors").exists()
            deployed.restart(0)
            run.wait()


def wait_for_training(log):
    """Wait until a device has been asked to train in the round, and has started the app that does."""
    until = time.monotonic() + PATIENCE_S
    while "Start `flwr-clientapp` process" not in log.read_text().partition(f"ROUND {KILLED_IN}]")[2]:
        assert time.monotonic() < until
        time.sleep(0.05)


def without_its_reply(client_app, stored):
    """Return the app as the server sees it when device 0 dies in the round, before or after it has stored it."""

    def answer(message, context):
        dies = message.metadata.group_id == str(KILLED_IN) and context.node_config["partition-id"] == 0
        if dies and not stored:
            raise ConnectionError("killed")
        reply = client_app(message, context)
        if dies:
            raise ConnectionError("killed")
        return reply

    return answer


def memory_of(run, device):
    """Return a device's last state, as stored."""
    file = max((run / "devices" / str(device) / STORE).iterdir())
    return file.name, DeviceState.restore(*whole_files.read_tensors(file)), file.read_bytes()


def test_a_killed_node_comes_back_with_its_memory_and_a_stranger_does_not_come_in(simulate, tmp_path, monkeypatch):
    killed = Killed()
    monkeypatch.setattr(deployment, "run_federation", killed.run_federation)
    got = simulate(tmp_path / "deployment", "deployment", CHANGES)
    monkeypatch.setattr(answering, "client_app", without_its_reply(answering.client_app, killed.stored))
    expected = simulate(tmp_path / "inprocess", "inprocess", CHANGES)

    assert got == expected
    for device in (0, 1):
        name, state, stored = memory_of(tmp_path / "deployment", device)
        assert name == "round-00003.safetensors"
        assert sum(map(len, state.memory.places.values())) > 0
        assert stored == memory_of(tmp_path / "inprocess", device)[2]
    assert not any(processes_of(home) for home in killed.homes)


def test_more_devices_than_a_machine_takes_are_refused(tmp_path):
    with pytest.raises(RunError, match=r"17 devices would take 14 GB.*up to 16.*use the engine inprocess or ray"):
        deployment.run_federation(tmp_path, devices=17, workers=1)
