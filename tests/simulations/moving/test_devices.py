"""Devices that are absent, silent or nameless, and how long a round waits for them."""

import pytest
from flwr.app import Error, Message, MessageType

from clients import payload
from clients.payload import Task
from fedser.device import World
from fedser.errors import ConfigError
from fedser.protocol import Arm
from simulations.engines import internals
from simulations.engines.inprocess import InProcessGrid
from simulations.moving import devices as asking
from simulations.moving.config import MovingConfig
from simulations.moving.devices import Devices
from simulations.moving.failures import failure_warnings
from simulations.moving.federation import Federation, arm_folder
from simulations.moving.round_files import RoundFiles
from tests.simulations.moving.small_federation import prepared

ABSENT, NODE_OF_ABSENT = 2, 4


class Town(InProcessGrid):
    """A grid whose node of device 2 is absent, but for the calls in which it is `back`."""

    def __init__(self, run, devices):
        super().__init__(str(run), devices, None)
        self.asked, self.named, self.back = 0, 0, False

    def get_node_ids(self):
        self.asked += 1
        return [node for node in super().get_node_ids() if self.back or node != NODE_OF_ABSENT]

    def send_and_receive(self, messages, *, timeout=None):
        messages = list(messages)
        self.named += sum(message.metadata.message_type == MessageType.QUERY for message in messages)
        return super().send_and_receive(messages, timeout=timeout)


class Clock:
    """Time that passes only in sleep."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    internals.take_identity()
    clock = Clock()
    monkeypatch.setattr(asking, "time", clock)
    return clock


def order():
    return payload.order(Task(0, "local:finetuning", 1), None)


def ask(devices, wanted=range(4)):
    return devices.ask(MessageType.TRAIN, dict.fromkeys(wanted, order()), 1, 10.0)


@pytest.mark.parametrize("patience_s", [0.0, 7.0, 120.0])
def test_a_round_waits_so_long_in_all_and_the_next_again(clock, tmp_path, patience_s):
    devices = Devices(Town(tmp_path, 4), 4, patience_s)
    for _ in range(2):
        began = clock.now
        assert list(ask(devices)) == [0, 1, 3]
        assert clock.now - began == patience_s
        assert list(ask(devices)) == [0, 1, 3]  # another phase of the same round
        assert clock.now - began == patience_s
        failures = devices.end_round()["failures"]
        assert [f["error"] for f in failures if f["device"] == ABSENT] == [
            f"no node of this device within {patience_s:g} s"
        ] * 2
    assert devices.end_round() == {}


def test_nobody_waits_for_a_device_that_is_not_wanted_or_for_one_that_is_back(clock, tmp_path):
    town = Town(tmp_path, 4)
    devices = Devices(town, 4, 120.0)
    assert list(ask(devices, [0, 1, 3])) == [0, 1, 3]
    assert clock.now == 0.0
    town.back = True
    assert list(ask(devices)) == [0, 1, 2, 3]
    assert clock.now == 0.0


def test_nodes_that_do_not_say_who_they_are_are_asked_once_in_a_message_not_twice_a_second(clock, tmp_path):
    class Nameless(Town):
        def send_and_receive(self, messages, *, timeout=None):
            answers = super().send_and_receive(messages, timeout=timeout)
            return [
                Message(Error(0, "no partition"), reply_to=message)
                if message.metadata.message_type == MessageType.QUERY and message.metadata.dst_node_id == 3
                else answer
                for message, answer in zip(messages, answers, strict=True)
            ]

    town = Nameless(tmp_path, 4)
    devices = Devices(town, 4, 20.0)
    assert list(ask(devices)) == [0, 3]
    assert clock.now == 20.0
    assert town.asked == 41
    assert town.named == 3


def test_a_silent_node_is_told_from_an_absent_one(clock, tmp_path):
    class Silent(Town):
        def send_and_receive(self, messages, *, timeout=None):
            heard = [m for m in messages if (m.metadata.message_type, m.metadata.dst_node_id) != ("train", 2)]
            return super().send_and_receive(heard, timeout=timeout)

    devices = Devices(Silent(tmp_path, 4), 4, 0.0)
    assert list(ask(devices)) == [1, 3]
    told = {f["device"]: f["error"] for f in devices.end_round()["failures"] if f["device"] in (0, ABSENT)}
    assert told == {0: "no reply within 10 s", ABSENT: "no node of this device within 0 s"}


def test_a_federation_goes_on_without_a_device_that_has_no_node(clock, tmp_path):
    folder = tmp_path / "run"
    config = prepared(folder, rounds=3, participation={"absent_node_timeout_s": 2.5})
    arm = Arm.parse_shared("federated:gem")
    files = RoundFiles(arm_folder(folder, 0, arm))
    world = World.read(folder / "data", 0)
    patience_s = config.participation.absent_node_timeout_s
    devices = Devices(Town(folder, 4), 4, patience_s)
    federation = Federation(config, world, arm, devices, files)
    federation.run(federation._life.parameters.vector.clone(), lambda number: None)
    assert clock.now == 3 * 2.5
    records = files.read_records()
    outcomes = [{entry["device"]: entry["outcome"] for entry in record["devices"]} for record in records[1:]]
    assert outcomes == [{0: "trained", 1: "trained", 2: "failed", 3: "trained"}] * 3
    assert list(failure_warnings(folder, 0, arm, records)) == [
        "seed 0, federated:gem-random: device-rounds failed: 3, the first of device 2 in round 1: "
        "no node of this device within 2.5 s"
    ]


def test_the_default_and_what_is_refused():
    values = {"arms": ["local:exper"], "environments": [{"name": "home", "corpus": "synthetic"}]}
    assert MovingConfig.read(values, "c").participation.absent_node_timeout_s == 120.0
    for wrong in (-1.0, float("inf"), float("nan")):
        with pytest.raises(ConfigError, match=r"\[participation\]: absent_node_timeout_s should be"):
            MovingConfig.read(values | {"participation": {"absent_node_timeout_s": wrong}}, "c")
