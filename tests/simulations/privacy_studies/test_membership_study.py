"""Members and others are those of the device's own store, and the models those that travelled."""

import numpy as np
import pytest
import torch

from clients.device_store import DeviceStore
from fedser.device import Life
from fedser.errors import UserError
from fedser.training import predict
from simulations.privacy_studies.config import MembershipSection
from simulations.privacy_studies.membership_study import heard_at, infer, keeping_arm, membership_rows, pasts_of

QUICK = MembershipSection(draws=100, controls=5)
HOME = 0


@pytest.fixture(scope="module")
def arms(attacked):
    return {arm.learner.name: arm for arm in attacked.arms if arm.mode == "federated"}


def test_candidates_are_what_was_heard_in_the_place_that_was_left(attacked):
    world = attacked.world(0)
    for device in range(8):
        heard = [world.heard(device, number)[0] for number in (1, 2)]
        expected = {p for items in heard for p in items.positions.tolist()}
        found = heard_at(world, device, HOME, 4)
        assert len(found) == 4
        assert set(found.positions.tolist()) == expected
        assert set(found.conditions.tolist()) == {HOME}


def test_members_are_the_store_s_and_predictions_the_models_that_travelled(attacked, arms):
    arm = arms["exper-random"]
    world = attacked.world(0)
    life = Life(world, arm)
    last = list(attacked.received(0, arm))[-1]
    pasts = list(pasts_of(attacked, arm, arm, range(1)))
    assert len(pasts) == 8
    for device, past in enumerate(pasts):
        folder = attacked.run / "devices" / str(device) / "seed-0" / "federated-exper-random"
        kept = DeviceStore(folder).before(5).memory.places[HOME]
        candidates = heard_at(world, device, HOME, 4)
        assert sorted(candidates.positions[past.memory].tolist()) == sorted(kept.positions.tolist())
        life.parameters.restore(last.before + last.updates[device])
        examples = candidates.examples(world.training)
        assert np.array_equal(past.after, predict(life.model, examples))
        assert np.array_equal(past.labels, examples.labels.double().numpy())
        assert not np.array_equal(past.before, past.after)


def test_an_arm_without_a_memory_is_judged_on_another_s(attacked, arms):
    finetuning = arms["finetuning"]
    assert keeping_arm(attacked, finetuning).name == "federated:exper-random"
    rows = membership_rows(attacked, finetuning, QUICK, 0)
    assert "keeps no memory" in rows[0]["statement"]
    assert [(row["attack"], row["metric"]) for row in rows] == [
        ("loss", "auc"),
        ("loss", "tpr"),
        ("untrained", "auc"),
        ("gain", "auc"),
        ("gain", "tpr"),
    ]


def test_nobody_predicts_without_the_heads(attacked):
    arm = attacked.arms[2]
    assert arm.mode == "personal-head"
    assert membership_rows(attacked, arm, QUICK, 0) == []


def test_a_view_changes_the_returned_model_alone(attacked, arms):
    arm = arms["exper-random"]

    def blinded(seed, round, device, update):
        return torch.zeros_like(update)

    for past in pasts_of(attacked, arm, arm, range(1), blinded):
        assert np.array_equal(past.after, past.before)


def test_nothing_to_attack_is_said():
    with pytest.raises(UserError, match="run more rounds"):
        infer([], "loss", QUICK, 0, "federated:exper")
