"""The app of a device: who it is, and a round lived once or twice."""

import gc
import shutil
import weakref

import pytest
import torch
from flwr.app import Message, MessageType, RecordDict

from clients import payload
from clients.device_app import _life, app, forget
from clients.payload import Task
from fedser.device import DeviceSettings
from fedser.device.world import SETTINGS
from simulations.engines import internals
from simulations.engines.inprocess import context_of
from tests.simulations.moving.small_federation import prepared


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    internals.take_identity()
    folder = tmp_path_factory.mktemp("app") / "run"
    prepared(folder)
    return folder


def asked(folder, device, round, mode="personal-head", arm="exper-random", model=None, node_config=None):
    """Return a device's reply; node 2 is device 0."""
    content = payload.order(Task(0, f"{mode}:{arm}", round), model)
    message = Message(content, 2 + device, MessageType.TRAIN, group_id=str(round))
    internals.name(message, 1)
    context = context_of(2 + device, str(folder))
    context.node_config.update(node_config or {})
    return app(message, context)


def first(folder, mode="personal-head", arm="exper-random"):
    torch.manual_seed(0)
    return 0.1 * torch.randn(_life(folder / "data", Task(0, f"{mode}:{arm}", 1)).size)


def states(folder, device):
    return {path.name: path.read_bytes() for path in (folder / "devices" / str(device)).rglob("*.safetensors")}


def test_a_device_says_which_it_is(folder):
    message = Message(RecordDict(), 5, MessageType.QUERY, group_id="0")
    internals.name(message, 1)
    assert app(message, context_of(5, str(folder))).content["device"]["device"] == 3


@pytest.mark.parametrize("mode", ["local", "federated", "personal-head"])
def test_a_round_lived_twice_is_the_same_round(folder, mode):
    model, device = first(folder, mode), ["local", "federated", "personal-head"].index(mode)
    for round in (1, 2, 3):
        # Sent again and again, the whole model of a later round gives way to what a device has of its own.
        replies = [asked(folder, device, round, mode, model=model) for _ in range(2)]
        kept = states(folder, device)
        replies.append(asked(folder, device, round, mode, model=model))
        assert states(folder, device) == kept
        contents = [reply.content for reply in replies]
        for content in contents:
            content["report"]["seconds"] = 0.0
        assert contents[0] == contents[1] == contents[2]
        assert contents[0]["report"]["outcome"] == 0


def test_folders_of_a_node_take_the_place_of_the_runs(folder, tmp_path):
    elsewhere = {"data-dir": str(folder / "data"), "state-dir": str(tmp_path / "mine")}
    here = asked(folder, 3, 1, model=first(folder))
    there = asked(tmp_path / "nowhere", 3, 1, model=first(folder), node_config=elsewhere)
    assert torch.equal(payload.vector_in(here.content).clone(), payload.vector_in(there.content))
    assert list((tmp_path / "mine").rglob("round-00001.safetensors"))


def test_state_is_on_disk_and_not_in_flowers_context(folder):
    content = payload.order(Task(0, "federated:gem-random", 1), first(folder, "federated", "gem-random"))
    message = Message(content, 2, MessageType.TRAIN, group_id="1")
    internals.name(message, 1)
    context = context_of(2, str(folder))
    app(message, context)
    assert len(context.state) == 0


def test_other_data_in_the_same_folder_are_another_life(tmp_path):
    """By what is in the folder, not by its name; the same data are kept from message to message."""
    lives = []
    for digest in ("one", "other"):
        prepared(tmp_path / "run")
        file = tmp_path / "run" / "data" / SETTINGS
        settings = DeviceSettings.model_validate_json(file.read_text())
        file.write_text(settings.model_copy(update={"data_digest": digest}).model_dump_json())
        lives.append(_life(tmp_path / "run" / "data", Task(0, "local:exper", 1)))
        assert _life(tmp_path / "run" / "data", Task(0, "local:exper", 1)) is lives[-1]
        assert lives[-1].world.settings.data_digest == digest
        shutil.rmtree(tmp_path / "run")
    assert lives[0].world.training[0] is not lives[1].world.training[0]


def test_nothing_is_kept_after_the_end(tmp_path):
    prepared(tmp_path / "run")
    life = weakref.ref(_life(tmp_path / "run" / "data", Task(0, "local:exper", 1)))
    assert life() is not None
    forget()
    gc.collect()
    assert life() is None
