"""A round lived again is the device's own: with its memory and its chances, the model it returned."""

from dataclasses import replace

import numpy as np
import pytest

from fedser.device import Life
from fedser.privacy.clipping import norm
from fedser.protocol import Arm
from simulations.privacy_studies.lived_again import LivedAgain
from simulations.privacy_studies.noisy_view import NoisyView
from simulations.privacy_studies.observed_arm import ObservedArm


@pytest.fixture(scope="module")
def pasts(attacked):
    arm = next(arm for arm in attacked.arms if arm.name == "federated:exper-random")
    return list(ObservedArm(attacked, arm, range(1)).pasts())


def test_with_its_own_memory_and_chances_it_is_what_was_sent(pasts):
    for past in pasts:
        own = replace(past.again, apart=())
        for number, sent in enumerate(past.sent):
            np.testing.assert_allclose(own(number, past.kept, 0), sent.after, rtol=0, atol=1e-7)


def test_another_memory_or_other_chances_give_another_model(pasts):
    past = pasts[0]
    own, others = replace(past.again, apart=()), np.setdiff1d(np.arange(len(past.examples)), past.kept)
    assert not np.array_equal(own(0, others[: len(past.kept)], 0), own(0, past.kept, 0))
    assert not np.array_equal(past.again(0, past.kept, 0), past.again(0, past.kept, 1))
    assert np.array_equal(past.again(0, past.kept, 1), past.again(0, past.kept, 1))


def test_under_a_guarantee_it_is_clipped_and_seen_through_noise_of_its_own(pasts):
    past = pasts[0]
    before = past.again.rounds[0].received.numpy()
    clipped = replace(past.again, bound=0.01)
    assert norm(clipped(0, past.kept, 0) - before) == pytest.approx(0.01, rel=1e-4)
    noisy = replace(clipped, noise=NoisyView(0.5, "test"))
    first, second = (noisy(0, past.kept, trial) - clipped(0, past.kept, trial) for trial in (0, 1))
    assert np.std(first) == pytest.approx(0.5, rel=0.1)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.2


def test_what_a_rule_sends_beside_the_model_is_not_known(attacked):
    world, exper = attacked.world(0), Arm("exper", "random", "federated")

    def can_be(arm, keeper):
        return LivedAgain.can_be(Life(world, arm), keeper)

    assert can_be(exper, exper)
    assert can_be(Arm("finetuning", mode="federated"), exper)
    assert not can_be(Arm("ewc", mode="federated"), exper), "what it carries along is in its own store"
    scaffold = replace(exper, rule="scaffold")
    assert not can_be(scaffold, scaffold)
