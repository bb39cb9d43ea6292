"""Which settings are attacked, on whom, and what is refused."""

import pytest

from fedser.errors import ConfigError
from fedser.privacy.attacks import View
from fedser.privacy.attacks.inversion import InversionAttack
from fedser.protocol import Arm
from simulations.privacy_studies.observed_arm import ObservedArm


@pytest.fixture(scope="module")
def view(attacked):
    arm = ObservedArm(attacked, attacked.arms[0], range(1))
    return View(arm, arm)


def test_a_batch_of_one_goes_under_a_squared_error_and_each_setting_is_done_once(view):
    found = list(InversionAttack(batches=[1, 2], steps=[1, 2], trials=2).run(view))
    settings = [(f.variant, f.batch, f.steps) for f in found if f.metric == "cosine"]
    assert settings == [("squared", 1, 1), ("ccc", 2, 1), ("ccc", 2, 2)]
    assert found[0].estimate.estimate > 0.999


def test_more_than_a_speaker_said_is_refused_with_both_numbers(view):
    with pytest.raises(ConfigError, match=r"8 utterances in an update need 16 .* no speaker has more than 10"):
        list(InversionAttack(batches=[8], steps=[1], trials=2).run(view))


@pytest.mark.parametrize(
    ("arm", "reason"),
    [
        ("federated:exper@fedavg", ""),
        ("federated:exper@krum", ""),
        ("personal-head:exper@fedavg", "does not share the whole model"),
        ("federated:exper@fedprox", "under fedprox devices add a term to their loss"),
    ],
)
def test_whose_steps_are_not_those_that_are_measured(arm, reason):
    said = InversionAttack().refusal(Arm.parse_shared(arm), [])
    assert reason in said
    assert bool(said) == bool(reason)
