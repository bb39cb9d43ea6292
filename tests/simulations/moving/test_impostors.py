"""A device's number is bound to its key: who says it is another is refused and named, and reaches nothing."""

import shutil

import pytest
from flwr.app import Message, MessageType

from clients import introduction, payload
from clients.node_key import KEYS, make_node_key, make_simulated_keys
from clients.payload import Task
from fedser.protocol import Arm
from simulations.engines import internals
from simulations.engines.answering import answer
from simulations.engines.inprocess import InProcessGrid
from simulations.moving.devices import Devices
from simulations.moving.failures import failure_warnings
from tests.simulations.moving.small_federation import prepared

VICTIM, IMPOSTOR = 2, 99
SAID = f"impostor refused: node {IMPOSTOR} says that it is this device, but has not its key"


class Town(InProcessGrid):
    """A grid of four devices, and a node that says it is device 2, with a key of its own or none."""

    def __init__(self, run, has="its own key", alone=False):
        super().__init__(str(run), 4, None)
        self._has, self._alone, self.reached = has, alone, []
        self._home = run / "impostor"
        self._home.mkdir()
        if has == "its own key":
            make_node_key(self._home, "node-key")

    def get_node_ids(self):
        honest = [node for node in super().get_node_ids() if not (self._alone and node == VICTIM + 2)]
        return [*honest, IMPOSTOR]

    def send_and_receive(self, messages, *, timeout=None):
        messages = list(messages)
        orders = [message for message in messages if message.metadata.message_type != MessageType.QUERY]
        self.reached += [message for message in orders if message.metadata.dst_node_id == IMPOSTOR]
        replies = super().send_and_receive([m for m in messages if m.metadata.dst_node_id != IMPOSTOR])
        for message in (m for m in messages if m.metadata.dst_node_id == IMPOSTOR):
            settings = {"partition-id": VICTIM, "state-dir": str(self._home)}
            internals.name(message, 10**6)
            reply = answer(message, internals.context(IMPOSTOR, settings, self._run_folder))
            if self._has == "a stolen proof" and message.metadata.message_type == MessageType.QUERY:
                stolen = next(r for r in replies if introduction.number_in(r) == VICTIM)
                reply = Message(stolen.content, reply_to=message)
            replies.append(reply)
        return replies


@pytest.fixture
def run(tmp_path):
    internals.take_identity()
    prepared(tmp_path / "run", arms=["local:finetuning"])
    return tmp_path / "run"


def asked(devices):
    order = payload.order(Task(0, "local:finetuning", 1), None)
    return devices.ask(MessageType.TRAIN, dict.fromkeys(range(4), order), 1, 10.0)


@pytest.mark.parametrize("has", ["its own key", "no key", "a stolen proof"])
def test_an_impostor_is_refused_and_named(run, has):
    make_simulated_keys(run, 4)
    town = Town(run, has)
    devices = Devices(town, 4, 0.0, run / KEYS)
    assert list(asked(devices)) == [0, 1, 2, 3]
    assert town.reached == []
    refused = [f["device"] for f in devices.end_round()["failures"] if f["error"] == SAID]
    assert refused == [VICTIM]


def test_an_impostor_does_not_take_the_place_of_one_that_is_away(run):
    make_simulated_keys(run, 4)
    town = Town(run, alone=True)
    devices = Devices(town, 4, 0.0, run / KEYS)
    assert list(asked(devices)) == [0, 1, 3]
    assert town.reached == []
    errors = [f["error"] for f in devices.end_round()["failures"] if f["device"] == VICTIM]
    assert errors == [SAID, "no node of this device within 0 s"]


def test_without_enrolled_keys_a_number_is_all_there_is(run):
    """The control: this is what the keys prevent."""
    town = Town(run, alone=True)
    asked(Devices(town, 4, 0.0, run / KEYS))
    assert len(town.reached) == 1


def test_a_key_of_another_device_is_none(run):
    make_simulated_keys(run, 4)
    shutil.copy(run / "devices" / "1" / "node-key", run / "devices" / "0" / "node-key")
    devices = Devices(InProcessGrid(str(run), 4, None), 4, 0.0, run / KEYS)
    assert list(asked(devices)) == [1, 2, 3]


def test_a_run_says_at_its_end_who_was_refused(run):
    failures = [{"device": VICTIM, "error": SAID, "bug": False}]
    records = [{"round": k, "devices": [], "failures": failures if k in (3, 4) else []} for k in range(5)]
    (line,) = failure_warnings(run, 0, Arm.parse_shared("federated:gem"), records)
    assert line == f"seed 0, federated:gem-random: device 2, first in round 3: {SAID}"
