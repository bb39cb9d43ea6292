"""The attack on the memory, on a federation that has run."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from fedser.errors import UserError
from fedser.privacy.attacks import View
from fedser.privacy.attacks.likelihood_ratio import ShadowModels, by_likelihood_ratio
from fedser.privacy.attacks.membership import Judged, MembershipAttack, judge, keeping_arm
from fedser.privacy.attacks.row_space import by_row_space
from fedser.privacy.attacks.utterance_scores import by_gain, by_loss, squared_error
from fedser.protocol import Arm
from fedser.seeding import generator
from fedser.training import predict
from simulations.privacy_studies.observed_arm import ObservedArm

QUICK = MembershipAttack(draws=100, controls=5, shadows=2)


@pytest.fixture(scope="module")
def arms(attacked):
    return {arm.name: ObservedArm(attacked, arm, range(1)) for arm in attacked.arms}


def test_scores_are_of_the_models_that_travelled(arms):
    arm = arms["federated:exper-random"]
    model, parameters = arm.working_model()
    for judged, past in zip(judge(arm, ["row-space", "gain"]), arm.pasts(), strict=True):
        labels, said = past.examples.labels.double().numpy(), []
        for vector in (past.sent[-1].before, past.sent[-1].after):
            parameters.restore(torch.from_numpy(vector))
            said.append(predict(model, past.examples))
        assert np.array_equal(judged.scores["gain"], by_gain(*said, labels))
        assert np.array_equal(judged.scores["loss"], by_loss(said[1], labels))
        embeddings = past.examples.acoustic.double().numpy()
        assert np.array_equal(judged.scores["row-space"], by_row_space(past.sent, arm.layout, embeddings))


def test_the_row_space_gives_the_memory_away_and_finetuning_keeps_none(arms):
    def found(name):
        return next(iter(QUICK.run(View(arms[name], arms[name])))).estimate.estimate

    assert found("federated:exper-random") == 1.0
    assert found("personal-head:exper-random") > 0.9, "heads that stay at home hide nothing"
    assert found("federated:finetuning") < 0.75


def test_lira_asks_models_that_lived_the_rounds_again(arms):
    arm = arms["federated:exper-random"]
    model, parameters = arm.working_model()
    for number, (judged, past) in enumerate(
        zip(judge(arm, ["lira"], ShadowModels(2, 1), 7), arm.pasts(), strict=True)
    ):

        def errors(vector, past=past):
            parameters.restore(torch.from_numpy(vector))
            return squared_error(predict(model, past.examples), past.examples.labels.double().numpy())

        stream = generator(7, "membership", "lira", number)
        assert np.array_equal(judged.scores["lira"], by_likelihood_ratio(past, errors, ShadowModels(2, 1), stream))


def test_heads_that_stay_leave_the_row_space_alone(arms):
    body = arms["personal-head:exper-random"]
    assert {finding.variant.split(",")[0] for finding in QUICK.run(View(body, body))} == {"row-space"}


def test_matched_others_are_as_new_as_the_members():
    scores = {"row-space": np.arange(6.0)}
    judged = Judged("s", np.array([4, 5, 1]), "arm", np.array([1, 1, 2, 3, 3, 3]), scores)
    matched = judged.matched("row-space", np.random.default_rng(0))
    assert sorted(matched.members) == [1.0, 4.0, 5.0]
    assert 2.0 not in matched.others
    assert set(matched.others) <= {0.0, 3.0}
    newest = Judged("s", np.array([3, 4, 5]), "arm", np.array([1, 1, 2, 3, 3, 3]), scores)
    assert newest.matched("row-space", np.random.default_rng(0)) is None


def test_an_arm_without_a_memory_is_judged_on_another_s(arms):
    found = list(QUICK.run(View(arms["federated:finetuning"], arms["federated:finetuning"])))
    assert "the members are those that federated:exper-random keeps" in found[0].statement
    assert [(finding.variant, finding.metric) for finding in found] == [
        ("row-space", "auc"),
        ("row-space", "tpr"),
        ("lira", "auc"),
        ("lira", "tpr"),
        ("loss", "auc"),
        ("loss", "tpr"),
        ("gain", "auc"),
        ("gain", "tpr"),
        ("untrained", "auc"),
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
    attack = QUICK.model_copy(update={"scores": ["loss"]}) if name.startswith("personal") else QUICK
    said = attack.refusal(Arm.parse_shared(name), [Arm.parse_shared(other) for other in others])
    assert said.startswith(reason) if not reason else reason in said


class Nowhere(ObservedArm):
    """No device has left anything."""

    def pasts(self):
        return iter(())


def test_nothing_to_attack_is_said(attacked):
    arm = Nowhere(attacked, attacked.arms[1], range(1))
    with pytest.raises(UserError, match=r"federated:exper-random.* run more rounds"):
        list(QUICK.run(View(arm, arm)))
