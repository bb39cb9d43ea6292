"""A federation whose files are damaged, gone or another's stops with one line; as told, it comes to the same."""

import errno
import shutil
from functools import partial

import pytest

from clients.device_store import DeviceStore
from fedser.device import World
from fedser.errors import StorageError
from fedser.protocol import Arm
from simulations.engines import inprocess
from simulations.moving.device_stores import check_stores
from simulations.moving.outcome import write_results
from tests.simulations.moving.small_federation import ACOUSTICS, config, prepared, weights_hash
from tests.simulations.moving.small_federation import run as run_small

ARM = "seed-0/federated-gem-random"
ROUNDS = f"checkpoints/{ARM}"
OWN = f"devices/2/{ARM}"


@pytest.fixture(scope="module")
def half(tmp_path_factory):
    """A run that was stopped after two of four rounds, and its configuration."""
    folder = tmp_path_factory.mktemp("damage") / "half"
    run_until(folder, 2)
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("damage") / "whole"
    run_small(folder)
    return weights_hash(folder)


def run_until(folder, last, **changes):
    with pytest.MonkeyPatch.context() as patch:
        original = inprocess.answer

        def answer(message, context):
            if "task" in message.content and message.content["task"]["round"] > last:
                raise KeyboardInterrupt
            return original(message, context)

        patch.setattr(inprocess, "answer", answer)
        chosen = prepared(folder, **changes)
        with pytest.raises(KeyboardInterrupt):
            inprocess.run_federation(folder, 4, 1)
    return chosen


def go_on(folder, **changes):
    """What `fedser simulate` does once a run is prepared."""
    check_stores(folder, World.read(folder / "data", 0), Arm.parse_shared("federated:gem"))
    inprocess.run_federation(folder, 4, 1)
    write_results(folder, config(**changes), ACOUSTICS)


def flip(folder, name):
    content = bytearray((folder / name).read_bytes())
    content[-20] ^= 4
    (folder / name).write_bytes(content)


def empty(folder, name):
    (folder / name).write_bytes(b"")


def gone(folder, name):
    (folder / name).unlink()


def hollow(folder, name):
    (folder / name).write_text("{}")


def store_gone(folder, name):
    shutil.rmtree(folder / name)


def swapped(folder, name, other):
    shutil.copy(folder / other, folder / name)


HARM = {
    f"{ROUNDS}/server.safetensors": (flip, empty, gone),
    f"{ROUNDS}/round-00001.json": (
        flip,
        empty,
        gone,
        hollow,
        partial(swapped, other=f"{ROUNDS}/round-00002.json"),
    ),
    f"{OWN}/round-00002.safetensors": (
        flip,
        empty,
        gone,
        partial(swapped, other=f"devices/1/{ARM}/round-00002.safetensors"),
    ),
    OWN: (store_gone,),
    "checkpoints/seed-0/first.safetensors": (flip, empty),
}


@pytest.mark.parametrize(("name", "harm"), [(name, harm) for name, harms in HARM.items() for harm in harms])
def test_damage_is_named_and_mended_as_it_says(half, whole, tmp_path, name, harm):
    folder = shutil.copytree(half, tmp_path / "run")
    harm(folder, name)
    with pytest.raises(StorageError, match=r"delete .* and resume") as error:
        go_on(folder)
    text = str(error.value)
    assert "\n" not in text
    assert name.split("/")[-1] in text or (OWN in text and harm is gone)
    if name.endswith("first.safetensors"):
        (folder / name).unlink()
    else:
        shutil.rmtree(folder / ROUNDS)
        shutil.rmtree(folder / OWN, ignore_errors=True)
    go_on(folder)
    assert weights_hash(folder) == whole


def test_files_of_another_run_are_no_files_of_this_one(half, tmp_path):
    folder, other = shutil.copytree(half, tmp_path / "run"), tmp_path / "other"
    run_until(other, 2, adaptation={"epochs": 3})
    shutil.copytree(other / "devices", folder / "devices", dirs_exist_ok=True)
    with pytest.raises(StorageError, match=r"round-00002\.safetensors: is of data \w+, expected data \w+; delete"):
        go_on(folder)


def test_a_full_disk_stops_the_run_also_where_most_devices_could_go_on(whole, tmp_path, monkeypatch):
    """A round without those that could not write would not be the round that another time would be."""
    keep, folder = DeviceStore.keep, tmp_path / "run"

    def full(self, state):
        if (state.round, self.of["device"]) == (3, 1):
            raise OSError(errno.ENOSPC, "No space left on device", str(self.folder / "x"))
        keep(self, state)

    changes = {"participation": {"most_failures": 0.9, "quorum": 0.1}}
    prepared(folder, **changes)
    with monkeypatch.context() as patch:
        patch.setattr(DeviceStore, "keep", full)
        with pytest.raises(StorageError, match=r"x: cannot be written \(No space") as error:
            inprocess.run_federation(folder, 4, 1)
    assert str(error.value).endswith("; free some of the disk, or choose another folder")
    go_on(folder, **changes)
    assert weights_hash(folder) == whole
