"""What attacks are given of a run: who owned which device, what the server received, what was learnt and kept."""

import numpy as np
import pytest
import torch

from clients.device_store import DeviceStore
from fedser import whole_files
from fedser.device import Life
from fedser.device.learning import DeviceLearning
from simulations.engines import inprocess
from simulations.moving.federation import updates_folder
from simulations.moving.update_files import UpdateFiles
from simulations.privacy_studies.attacked import Attacked
from simulations.privacy_studies.noisy_view import NoisyView
from simulations.privacy_studies.observed_arm import ObservedArm, heard_at
from tests.simulations.moving import small_federation

ROUNDS = range(1, 5)
HOME = 0


def observed(run, k=0, **more):
    return ObservedArm(run, run.arms[k], range(1), **more)


def test_updates_are_what_the_server_received(attacked):
    found = {(u.device, u.round): u for u in observed(attacked, 1).updates()}
    assert len(found) == 8 * 4
    files = UpdateFiles(updates_folder(attacked.run, 0, attacked.arms[1]), 0.05)
    for number in ROUNDS:
        tensors, record = files.read(number)
        for device in range(8):
            update = found[f"0/{device}", number]
            expected = tensors["before"] + tensors[f"update/{device}"]
            assert np.array_equal(update.after, expected.numpy())
            assert (update.learning_rate, update.steps) == (0.05, record["steps"][str(device)])


def test_a_device_s_owner_is_who_speaks_on_it(attacked):
    world = attacked.world(0)
    for update in observed(attacked).updates():
        device = int(update.device.partition("/")[2])
        items, _ = world.heard(device, update.round)
        data = world.conditions[int(items.conditions[0])].candidates
        heard = {(str(data.speaker[p]), str(data.gender[p])) for p in items.positions}
        assert {(update.speaker.removeprefix("synthetic/"), update.attribute)} == heard


def test_only_the_shared_layers_are_attacked(attacked):
    whole, body = (observed(attacked, k).layout.layers for k in (0, 2))
    assert {"activation.0", "valence.0"} <= set(whole)
    assert body[0] == whole[0] == "trunk.0"
    assert not any(layer.startswith(("activation", "valence")) for layer in body)


def test_who_learnt_nothing_is_left_out(attacked, tmp_path):
    arm = attacked.arms[0]
    before = torch.ones(5)
    run = small_federation.copied(attacked.run, tmp_path / "run")
    file = updates_folder(run, 0, arm) / "round-00001.safetensors"
    tensors = {"before": before, "update/0": torch.zeros(5), "update/1": torch.full((5,), 0.5)}
    of = {"arm": f"seed-0/{arm.folder}", "round": 1, "data": attacked.world(0).identity}
    whole_files.write_tensors(file, tensors, {"round": 1, "learning_rate": 0.05, "steps": {"1": 3, "2": 4}}, of)
    (first, *_) = Attacked(attacked.config, run, run / "data").received(0, arm)
    assert list(first.updates) == [1]
    assert first.steps == {1: 3, 2: 4}
    assert first.trained == {0, 1, 2}


def test_what_an_update_was_learnt_from_is_what_the_device_learnt_from(tmp_path, monkeypatch):
    """Half of the devices take part in a round, and labels come late or never."""
    learnt, learn = {}, DeviceLearning.learn

    def watched(self, state, own, memory, device, round, *more):
        learnt[device, round] = own
        return learn(self, state, own, memory, device, round, *more)

    monkeypatch.setattr(DeviceLearning, "learn", watched)
    folder = tmp_path / "run"
    config = small_federation.prepared(
        folder,
        arms=["federated:exper"],
        rounds=6,
        audit={"record_updates": True},
        participation={"fraction": 0.5},
        stream={"per_round": 3, "label_fraction": 0.7, "label_delay": 1},
    )
    inprocess.run_federation(folder, config.devices.count, 1)
    arm = observed(Attacked(config, folder, folder / "data"))
    found = {(int(u.device.partition("/")[2]), u.round): arm.learnt_from(u) for u in arm.updates()}
    assert found.keys() == learnt.keys()
    for key, examples in found.items():
        assert torch.equal(examples.acoustic, learnt[key].acoustic)
        assert torch.equal(examples.labels, learnt[key].labels)
    assert len({len(examples) for examples in found.values()}) > 2


def test_candidates_are_what_was_heard_in_the_place_that_was_left(attacked):
    world = attacked.world(0)
    for device in range(8):
        heard = [world.heard(device, number)[0] for number in (1, 2)]
        expected = {p for items in heard for p in items.positions.tolist()}
        found, when = heard_at(world, device, HOME, 4)
        assert len(found) == 4
        assert set(found.positions.tolist()) == expected
        assert set(found.conditions.tolist()) == {HOME}
        for position, round in zip(found.positions.tolist(), when.tolist(), strict=True):
            assert position in world.heard(device, round)[0].positions


def test_the_kept_are_the_store_s_and_the_models_those_that_travelled(attacked):
    arm, world = attacked.arms[1], attacked.world(0)
    last = list(attacked.received(0, arm))[-1]
    pasts = list(observed(attacked, 1).pasts())
    assert len(pasts) == 8
    for device, past in enumerate(pasts):
        kept = (
            DeviceStore(attacked.run / "devices" / str(device) / "seed-0" / arm.folder)
            .before(5)
            .memory.places[HOME]
        )
        candidates, _ = heard_at(world, device, HOME, 4)
        assert sorted(candidates.positions[past.kept].tolist()) == sorted(kept.positions.tolist())
        assert torch.equal(past.examples.labels, candidates.examples(world.training).labels)
        assert len(past.sent) == 2, "it was in the office for rounds 3 and 4"
        assert np.array_equal(past.sent[-1].before, last.before.numpy())
        assert np.array_equal(past.sent[-1].after, (last.before + last.updates[device]).numpy())
        assert [each.learnt_from for each in past.sent] == [4, 4], "two new ones, two kept"
        assert past.kept_by == arm.name


def test_what_is_not_shared_is_as_it_was_drawn(attacked):
    """The body travelled; nobody has seen the heads."""
    body = next(iter(attacked.received(0, attacked.arms[2]))).before.numel()
    past = next(observed(attacked, 2).pasts())
    after, untrained = past.sent[-1].after, past.untrained.numpy()
    assert np.array_equal(after[body:], untrained[body:])
    assert not np.array_equal(after[:body], untrained[:body])


def test_noise_blurs_what_is_returned_alone(attacked):
    plain, noisy = observed(attacked, 1), observed(attacked, 1, noise=NoisyView(0.5, "target", "arm"))
    for seen, update in zip(noisy.updates(), plain.updates(), strict=True):
        assert np.array_equal(seen.before, update.before)
        assert np.std(seen.after - update.after) == pytest.approx(0.5, rel=0.2)
    last = {u.device: u for u in noisy.updates() if u.round == 4}
    for device, past in enumerate(noisy.pasts()):
        assert np.allclose(past.sent[-1].after, last[f"0/{device}"].after, rtol=0, atol=1e-6)


def test_a_working_model_is_the_one_sent_last(attacked):
    arm = attacked.arms[0]
    _, parameters = observed(attacked).working_model()
    assert torch.equal(parameters.vector, list(attacked.received(0, arm))[-1].before)
    assert parameters.vector.numel() == Life(attacked.world(0), arm).size


def test_the_speaker_who_spoke_most(attacked):
    data = attacked.world(0).conditions[0].candidates.speaker
    assert len(observed(attacked).most_spoken()) == max(np.unique(data, return_counts=True)[1])
