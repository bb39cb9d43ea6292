"""What a study reads of a run: who owned which device, and what the server received."""

import numpy as np
import torch

from fedser import whole_files
from simulations.moving.federation import updates_folder
from simulations.moving.update_files import UpdateFiles
from simulations.privacy_studies.attacked import updates_of
from tests.simulations.moving import small_federation

ROUNDS = range(1, 5)


def test_updates_are_what_the_server_received(attacked):
    arm = attacked.arms[1]
    found = {(u.device, u.round): u for u in updates_of(attacked, arm)}
    assert len(found) == 8 * 4
    files = UpdateFiles(updates_folder(attacked.run, 0, arm), 0.05)
    for number in ROUNDS:
        tensors, record = files.read(number)
        for device in range(8):
            update = found[f"0/{device}", number]
            expected = tensors["before"] + tensors[f"update/{device}"]
            assert np.array_equal(update.after, expected.numpy())
            assert (update.learning_rate, update.steps) == (0.05, record["steps"][str(device)])


def test_a_device_s_owner_is_who_speaks_on_it(attacked):
    world = attacked.world(0)
    arm = attacked.arms[0]
    for update in updates_of(attacked, arm):
        device = int(update.device.partition("/")[2])
        items, _ = world.heard(device, update.round)
        data = world.conditions[int(items.conditions[0])].candidates
        heard = {(str(data.speaker[p]), str(data.gender[p])) for p in items.positions}
        assert {(update.speaker.removeprefix("synthetic/"), update.attribute)} == heard


def test_only_the_shared_layers_are_attacked(attacked):
    whole, body = (attacked.layout(attacked.arms[k]).layers for k in (0, 2))
    assert {"activation.0", "valence.0"} <= set(whole)
    assert body[0] == whole[0] == "trunk.0"
    assert not any(layer.startswith(("activation", "valence")) for layer in body)


def test_who_learnt_nothing_is_left_out(attacked, tmp_path):
    arm = attacked.arms[0]
    before = torch.ones(5)
    run = small_federation.copied(attacked.run, tmp_path / "run")
    file = updates_folder(run, 0, arm) / "round-00001.safetensors"
    tensors = {"before": before, "update/0": torch.zeros(5), "update/1": torch.full((5,), 0.5)}
    whole_files.write_tensors(file, tensors, {"round": 1, "learning_rate": 0.05, "steps": {"1": 3}})
    other = type(attacked)(attacked.config, run, run / "data")
    (first, *_) = other.received(0, arm)
    assert list(first.updates) == [1]
    assert first.steps == {1: 3}
