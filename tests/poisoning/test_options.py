"""[adversary]: who is hostile, and what is refused in one line."""

import pytest

from fedser.errors import ConfigError
from fedser.poisoning.options import AdversarySection
from tests.simulations.moving.small_federation import config


@pytest.mark.parametrize(("share", "devices", "count"), [(0.2, 20, 4), (0.25, 10, 3), (0.5, 5, 3), (0.05, 12, 1)])
def test_a_share_of_the_devices_is_hostile_by_the_seed(share, devices, count):
    section = AdversarySection(share=share)
    drawn = [section.hostile(devices, seed) for seed in range(8)]
    assert all(len(set(one)) == count and set(one) <= set(range(devices)) for one in drawn)
    assert drawn == [section.hostile(devices, seed) for seed in range(8)]
    assert len(set(drawn)) > 1


def test_nobody_is_by_default():
    assert AdversarySection().hostile(20, 0) == ()
    assert AdversarySection().chosen({}) is None
    assert config().used_extensions()["poisonings"] == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"adversary": {"kind": "sign-flp"}}, 'unknown kind of poisoning "sign-flp"; did you mean "sign-flip"'),
        ({"adversary": {"shar": 0.2}}, 'unknown key "shar"; did you mean "share"'),
        ({"adversary": {"share": 1.0}}, "share should be less than 1"),
        ({"adversary": {"share": 0.1}}, r"share = 0.1 of 4 devices is 0; expected one at least"),
        ({"adversary": {"share": 0.9}}, r"share = 0.9 of 4 devices is 4; expected .* one honest"),
        (
            {"scaling": {"factor": 3.0}},
            r"\[scaling\] holds the options of a poisoning that no device does: set adv",
        ),
        ({"adversary": {"share": 0.25}, "scaling": {"factor": 3.0}}, 'choose adversary.kind = "scaling"'),
        ({"adversary": {"share": 0.25, "kind": "scaling"}, "scaling": {"fctor": 3.0}}, 'did you mean "factor"'),
        (
            {"adversary": {"share": 0.25, "kind": "backdoor"}, "arms": ["federated:finetuning"]},
            "backdoor is planted through what a device rehearses, and federated:finetuning rehearses nothing",
        ),
    ],
)
def test_mistakes_are_one_line(changes, said):
    with pytest.raises(ConfigError, match=said) as error:
        config(**changes).check()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("rule", ["norm-bound", "fedmedian", "fedtrimmedavg"])
def test_a_rule_that_sees_updates_is_refused_with_a_secure_sum(rule):
    chosen = config(
        arms=[f"federated:exper@{rule}"],
        adversary={"share": 0.25},
        aggregation={"weights": "uniform"},
        privacy={"secure_aggregation": True},
    )
    with pytest.raises(ConfigError, match=f"{rule} needs every device's own update, but secure_aggregation shows"):
        chosen.check()
