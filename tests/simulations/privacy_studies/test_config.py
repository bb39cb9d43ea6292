"""What a study refuses before it runs anything, and the cells that a sweep makes."""

from pathlib import Path

import pytest

from fedser.config import load
from fedser.errors import ConfigError
from fedser.privacy.attacks.membership import MembershipAttack
from simulations.privacy_studies.config import AttackConfig, FrontierConfig
from simulations.privacy_studies.refusals import attacked_arms, refusals

WHERE = Path("study.toml")
CONFIGS = Path(__file__).parents[3] / "configs"
COMMON = {
    "rounds": 2,
    "arms": ["federated:finetuning", "federated:exper"],
    "corpora": [{"name": "speech", "corpus": "synthetic"}],
    "environments": [{"name": "home"}],
    "devices": {"count": 4},
}
SECURE = {"privacy": {"clip": 0.5, "secure_aggregation": True}, "aggregation": {"weights": "uniform"}}
SWEEP = {"noise": [0.0, 1.0], "capacity": [3, 6], "clip": 0.5, "delta": 0.01}


def attack(shadow=(), target=(), **more):
    values = {"federation": COMMON, "shadow": dict(shadow), "target": dict(target)} | more
    return AttackConfig.read(values, "study.toml")


def frontier(**sweep):
    values = {"federation": COMMON, "shadow": {}, "target": {}, "sweep": SWEEP | sweep}
    return FrontierConfig.read(values, "study.toml")


def test_both_federations_keep_what_the_server_receives():
    found = attack(target={"rounds": 3}).federations(WHERE)
    assert [config.audit.record_updates for config in found.values()] == [True, True]
    assert (found["shadow"].rounds, found["target"].rounds) == (2, 3)


@pytest.mark.parametrize(
    ("section", "values", "reason"),
    [
        ("target", {"arms": ["local:exper"]}, "nothing to attack"),
        ("shadow", {"arms": ["federated:exper"]}, 'no arm "federated:finetuning"'),
        ("target", {"devices": {"count": 4, "owner": "mixed"}}, 'devices.owner = "speaker"'),
        ("target", SECURE, "no update of a single device"),
    ],
)
def test_what_cannot_be_attacked_is_refused(section, values, reason):
    with pytest.raises(ConfigError, match=reason) as refusal:
        attack(**{section: values}).federations(WHERE)
    assert f"study.toml [{section}]" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_only_what_an_attack_has_nothing_to_say_of_is_refused():
    """Rules of the server change nothing of an update; a rule of the devices does, and heads may stay there."""
    median = ["federated:finetuning@fedmedian", "federated:exper@fedmedian"]
    arms = [*median, "personal-head:exper", "federated:gem@fedprox"]
    config = attack(shadow={"arms": arms}, target={"arms": arms})
    target = config.federations(WHERE)["target"]
    attacked = {one.name: [arm.name for arm in attacked_arms(one, target)] for one in config.chosen()}
    names = [arm.name for arm in target.parsed_arms()]
    assert attacked["attribute"] == attacked["linkage"] == attacked["membership"] == names
    by_loss = MembershipAttack(scores=["loss"])
    assert [arm.name for arm in refusals(by_loss, target)] == ["personal-head:exper-random"]
    assert attacked["inversion"] == [names[0]]
    reasons = {arm.name: reason for arm, reason in refusals(config.section("inversion"), target).items()}
    assert list(reasons) == names[2:]
    assert "fedprox" in reasons["federated:gem-random@fedprox"]


def test_a_memory_of_another_rule_is_not_borrowed():
    arms = ["federated:finetuning@fedmedian", "federated:exper"]
    config = attack(shadow={"arms": arms}, target={"arms": arms})
    target = config.federations(WHERE)["target"]
    assert [arm.name for arm in refusals(config.section("membership"), target)] == arms[:1]
    alike = attack(shadow={"arms": arms}, target={"arms": arms, "aggregation": {"rule": "fedmedian"}})
    assert refusals(alike.section("membership"), alike.federations(WHERE)["target"]) == {}


def test_an_attack_that_has_no_arm_left_is_refused():
    arms = {"arms": ["federated:finetuning@fedprox"]}
    attack(shadow=arms, target=arms, attacks=["attribute"]).federations(WHERE)
    both = attack(shadow=arms, target=arms, attacks=["attribute", "inversion"])
    said = r"study.toml \[inversion\]: .*@fedprox: under fedprox .*; leave inversion out"
    with pytest.raises(ConfigError, match=said):
        both.federations(WHERE)


def test_cells_carry_noise_and_capacity_and_arms_without_memory_run_once():
    config = frontier()
    first, second = config.cell(1.0, 3, WHERE), config.cell(0.0, 6, WHERE)
    assert (first.privacy.noise_multiplier, first.privacy.clip, first.memory.capacity) == (1.0, 0.5, 3)
    assert (second.privacy.noise_multiplier, second.memory.capacity) == (0.0, 6)
    assert first.arms == ["federated:finetuning", "federated:exper-random"]
    assert second.arms == ["federated:exper-random"]
    assert config.shadow_of(6, WHERE).privacy.noise_multiplier == 0.0


@pytest.mark.parametrize(
    ("sweep", "reason"),
    [
        ({"noise": [1.0, 1.0]}, "twice"),
        ({"noise": [-1.0]}, "greater than or equal to"),
        ({"capacity": [0]}, "greater than or equal to"),
        ({"capacity": []}, "capacity"),
    ],
)
def test_a_sweep_that_makes_no_sense_is_refused(sweep, reason):
    with pytest.raises(ConfigError, match=reason):
        frontier(**sweep)


def test_the_shipped_studies_are_read():
    shipped = load(CONFIGS / "privacy_attack.toml", AttackConfig).federations(CONFIGS / "privacy_attack.toml")
    assert [config.parsed_arms()[1].method for config in shipped.values()] == ["exper", "exper"]
    sweep = load(CONFIGS / "privacy_frontier.toml", FrontierConfig)
    assert sweep.cell(0.0, sweep.sweep.capacity[0], CONFIGS / "privacy_frontier.toml").privacy.private
