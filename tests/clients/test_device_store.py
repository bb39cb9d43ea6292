"""A device's disk: whole states, the last two rounds, and rounds asked for again."""

import shutil

import numpy as np
import pytest

from clients.device_store import DeviceStore, owner_of
from fedser.device import DeviceState, Items
from fedser.errors import RunError, StorageError
from fedser.protocol import Arm


def state(round, n=3):
    waiting = Items.heard(0, np.arange(n) + round, np.zeros((n, 2)))
    return DeviceState(round, waiting=waiting, labelled_in=np.full(n, 9), heard_at=np.zeros(n, np.int64))


def files(store):
    return sorted(path.name for path in store.folder.iterdir())


def test_a_round_begins_with_the_state_after_the_last_one_before_it(tmp_path):
    store = DeviceStore(tmp_path / "new" / "device")
    assert store.before(1).round == 0
    for round in (1, 4, 9):
        store.keep(state(round))
    assert store.before(10).round == store.before(12).round == 9
    assert store.before(9).round == 4  # again: its reply was lost
    assert store.before(9).waiting.positions.tolist() == [4, 5, 6]
    assert files(store) == ["round-00004.safetensors", "round-00009.safetensors"]


def test_a_first_round_may_be_asked_for_again(tmp_path):
    store = DeviceStore(tmp_path)
    store.keep(state(3))
    assert store.before(3).round == 0
    store.keep(state(3))
    assert files(store) == ["round-00003.safetensors"]


def test_a_round_long_ago_is_refused_rather_than_begun_with_nothing(tmp_path):
    store = DeviceStore(tmp_path)
    for round in (2, 3, 4, 6):
        store.keep(state(round))
    assert store.before(5).round == 4
    for round in (3, 4):
        with pytest.raises(RunError, match=f"asked for round {round}, but this device has lived round 6") as error:
            store.before(round)
        assert "\n" not in str(error.value)
    # From the start again, which is before all that it knows: as a new device.
    for round in (1, 2):
        assert store.before(round).round == 0
    store.keep(state(2))
    assert store.before(3).round == 2


def test_keeping_a_round_again_gives_the_same_bytes(tmp_path):
    store = DeviceStore(tmp_path)
    store.keep(state(1))
    store.keep(state(2))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    store.keep(state(2))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_was_being_written_when_the_power_went_is_ignored(tmp_path):
    store = DeviceStore(tmp_path)
    store.keep(state(1))
    (tmp_path / "round-00002.safetensors.tmp").write_bytes(b"half")
    assert store.before(3).round == 1
    store.keep(state(2))
    assert store.before(3).round == 2


@pytest.mark.parametrize(
    "damage", [lambda whole: whole[:-7], lambda whole: b"", lambda whole: b"\xff" * len(whole)]
)
def test_a_damaged_store_is_one_line_that_says_which_file(tmp_path, damage):
    store = DeviceStore(tmp_path)
    store.keep(state(3))
    store.keep(state(5))
    file = tmp_path / "round-00005.safetensors"
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(StorageError, match=r"round-00005\.safetensors: damaged .*; delete .* and resume") as error:
        store.before(6)
    assert "\n" not in str(error.value)
    assert store.before(5).round == 3


def test_a_lost_state_is_never_taken_for_an_earlier_one(tmp_path):
    store = DeviceStore(tmp_path)
    for round in (1, 2, 4):
        store.keep(state(round))
    (tmp_path / "round-00004.safetensors").unlink()
    with pytest.raises(StorageError, match="round 2 is here alone, another is gone; delete ") as error:
        store.before(5)
    assert "\n" not in str(error.value)


def test_a_state_of_another_device_arm_run_or_round_is_refused(tmp_path):
    arm = Arm.parse_shared("federated:gem")
    of = {name: owner_of(device, 0, arm, data) for name, device, data in (("own", 3, "a"), ("other", 4, "a"))}
    of |= {"arm": owner_of(3, 0, Arm.parse_shared("personal-head:gem"), "a"), "run": owner_of(3, 0, arm, "b")}
    for name, owner in of.items():
        DeviceStore(tmp_path / name, owner).keep(state(1))
    own = DeviceStore(tmp_path / "own", of["own"])
    for other, said in (("other", "device 4"), ("arm", "arm seed-0/personal-head-gem-random"), ("run", "data b")):
        shutil.copytree(tmp_path / other, own.folder, dirs_exist_ok=True)
        with pytest.raises(StorageError, match=rf"round-00001\.safetensors: is of {said}, expected "):
            own.before(2)
    own.keep(state(1))
    shutil.copy(own.folder / "round-00001.safetensors", own.folder / "round-00002.safetensors")
    with pytest.raises(StorageError, match="is of round 1, expected round 2"):
        own.before(3)
