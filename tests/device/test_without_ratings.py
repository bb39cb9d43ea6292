"""Devices whose owners rate nothing, or some: what is learnt from, and what never enters a memory."""

import numpy as np
import pytest
import torch

from fedser.device import DeviceState, Life
from fedser.protocol import Arm
from tests.device.test_life import first_model, live

MOVING = ["mean-teacher", "mean-teacher-exper", "mean-teacher-gem"]


@pytest.mark.parametrize("arm", MOVING)
def test_without_any_label_it_learns_and_remembers_nothing(world, arm):
    w = world(stream={"per_round": 8, "label_fraction": 0.0})
    steps = live(w, arm, range(1, 7))
    for _, _, after, learnt in steps:
        assert (learnt.outcome, learnt.examples, learnt.prequential) == ("trained", 5, {})
        assert len(after.memory) == len(after.waiting) == 0
    assert learnt.steps > 0
    assert not torch.equal(learnt.parameters, first_model(w))


@pytest.mark.parametrize("arm", ["mean-teacher", "mean-teacher-exper", "subspace-gem", "reconstruction-exper"])
def test_labels_that_never_come_are_never_read(world, arm):
    """The world with every label turned round, but for those that come."""
    w = world(stream={"per_round": 8, "label_fraction": 0.5})
    plain = live(w, arm, range(1, 7))
    coming = [w.heard(0, round) for round in range(1, 7)]
    rated = {
        (int(c), int(p))
        for items, at in coming
        for c, p, a in zip(items.conditions, items.positions, at, strict=True)
        if a > 0
    }
    assert 0 < len(rated) < 48
    for condition, part in enumerate(w.training):
        for position in range(len(part)):
            if (condition, position) not in rated:
                part.labels[position].neg_()
    turned = live(w, arm, range(1, 7))
    for one, other in zip(plain, turned, strict=True):
        assert torch.equal(one[3].parameters, other[3].parameters)
        assert one[3].prequential == other[3].prequential
    kept = plain[-1][2].memory.places.values()
    assert all(np.isfinite(items.noise).all() for items in kept)
    assert (
        {(int(c), int(p)) for items in kept for c, p in zip(items.conditions, items.positions, strict=True)}
    ) <= rated


@pytest.mark.parametrize("arm", ["mean-teacher-gem", "subspace-exper", "reconstruction", "restandardise-exper"])
def test_a_device_switched_off_between_rounds_goes_on_as_it_was(world, arm):
    w = world(stream={"per_round": 8, "label_fraction": 0.6})
    life = Life(w, Arm.parse(arm))
    state, model = DeviceState(), first_model(w)
    for (_, _, expected, learnt), round in zip(live(w, arm, range(1, 6)), range(1, 6), strict=True):
        restored = DeviceState.restore(state.tensors(), state.record())
        state, again = life.live(restored, model, 0, round)
        model = again.parameters
        assert torch.equal(model, learnt.parameters)
        assert state.strategy.keys() == expected.strategy.keys()


def test_others_do_not_notice(world):
    """Finetuning passes over what is not rated, as before."""
    w = world(stream={"per_round": 8, "label_fraction": 0.5})
    for _, _, _, learnt in live(w, "finetuning", range(1, 4)):
        assert learnt.examples < 8
