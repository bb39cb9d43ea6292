"""The attack on the memory, on a federation that has run."""

from dataclasses import replace

import numpy as np
import pytest

from fedser.errors import UserError
from fedser.privacy.attacks import View
from fedser.privacy.attacks.membership import MembershipAttack, judge, keeping_arm
from fedser.protocol import Arm
from fedser.training import predict
from simulations.privacy_studies.observed_arm import ObservedArm

QUICK = MembershipAttack(draws=100, controls=5)


@pytest.fixture(scope="module")
def arms(attacked):
    return {arm.name: ObservedArm(attacked, arm, range(1)) for arm in attacked.arms}


def test_predictions_are_of_the_models_that_travelled(arms):
    arm = arms["federated:exper-random"]
    model, parameters = arm.working_model()
    for judged, past in zip(judge(arm), arm.pasts(), strict=True):
        parameters.restore(past.after)
        assert np.array_equal(judged.after, predict(model, past.examples))
        assert np.array_equal(judged.labels, past.examples.labels.double().numpy())
        assert not np.array_equal(judged.before, judged.after)


def test_an_arm_without_a_memory_is_judged_on_another_s(arms):
    found = list(QUICK.run(View(arms["federated:finetuning"], arms["federated:finetuning"])))
    assert "the members are those that federated:exper-random keeps" in found[0].statement
    assert [(finding.variant, finding.metric) for finding in found] == [
        ("loss", "auc"),
        ("loss", "tpr"),
        ("untrained", "auc"),
        ("gain", "auc"),
        ("gain", "tpr"),
    ]
    own = list(QUICK.run(View(arms["federated:exper-random"], arms["federated:exper-random"])))
    assert "keeps no memory" not in own[0].statement


def test_the_memory_is_one_of_the_same_mode_and_rule():
    finetuning, exper = Arm("finetuning", mode="federated"), Arm("exper", "random", "federated")
    assert keeping_arm(exper, []) == exper
    assert keeping_arm(finetuning, [replace(exper, rule="fedadam"), replace(exper, mode="personal-head")]) is None
    assert keeping_arm(finetuning, [replace(exper, rule="fedadam"), exper]) == exper


@pytest.mark.parametrize(
    ("name", "others", "reason"),
    [
        ("personal-head:exper", [], "its heads stay on the devices"),
        (
            "federated:finetuning",
            ["federated:finetuning", "personal-head:exper"],
            "it keeps no memory, and neither",
        ),
        ("federated:finetuning", ["federated:gem"], ""),
    ],
)
def test_where_it_has_nothing_to_say(name, others, reason):
    said = QUICK.refusal(Arm.parse_shared(name), [Arm.parse_shared(other) for other in others])
    assert said.startswith(reason) if not reason else reason in said


class Nowhere(ObservedArm):
    """No device has left anything."""

    def pasts(self):
        return iter(())


def test_nothing_to_attack_is_said(attacked):
    arm = Nowhere(attacked, attacked.arms[1], range(1))
    with pytest.raises(UserError, match=r"federated:exper-random.* run more rounds"):
        list(QUICK.run(View(arm, arm)))
