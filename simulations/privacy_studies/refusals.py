"""Which arms of which federations can be attacked, and why the others cannot."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fedser.errors import ConfigError
from fedser.privacy.attacks import Attack
from fedser.protocol import Arm
from fedser.protocol.arms import FINETUNED
from simulations.moving.config import MovingConfig


def check_attackable(found: Mapping[str, MovingConfig], attacks: Sequence[Attack], where: str) -> None:
    """Raise ConfigError where the attacks, or one of them, would have nothing to say of the `target`.

    `found`: the federations by the name of their section, "shadow" and "target".
    """
    for name, config in found.items():
        config.check()
        if config.devices.owner != "speaker":
            raise ConfigError(f'{where} [{name}]: attacks on owners need devices.owner = "speaker"')
        if config.privacy.secure_aggregation:
            raise ConfigError(
                f"{where} [{name}]: under secure_aggregation the server sees no update of a single device, so "
                "there is nothing to attack; leave it out"
            )
    shadow, target = (ruled_arms(found[name]) for name in ("shadow", "target"))
    if not target:
        raise ConfigError(f"{where} [target]: local arms send nothing, so there is nothing to attack")
    absent = [arm.name for arm in target if arm not in shadow]
    if absent:
        raise ConfigError(f'{where} [shadow]: no arm "{absent[0]}", which [target] has; give both the same arms')
    for attack in attacks:
        reasons = refusals(attack, found["target"])
        if len(reasons) == len(target):
            arm, reason = next(iter(reasons.items()))
            raise ConfigError(
                f"{where} [{attack.name}]: it has nothing to say of any arm; {arm.name}: {reason}; leave "
                f"{attack.name} out of attacks, or add an arm"
            )


def attacked_arms(attack: Attack, config: MovingConfig) -> list[Arm]:
    """Return the arms of a federation that an attack is made on."""
    reasons = refusals(attack, config)
    able = [arm for arm in ruled_arms(config) if arm not in reasons]
    return able if attack.each_arm else able[:1]


def refusals(attack: Attack, config: MovingConfig) -> dict[Arm, str]:
    """Return the arms, of those that share something, that an attack has nothing to say of, and why."""
    ruled = ruled_arms(config)
    reasons = {
        arm: _OF_MODE[full.mode] if full.mode in _OF_MODE else attack.refusal(full, list(ruled.values()))
        for arm, full in ruled.items()
    }
    return {arm: reason for arm, reason in reasons.items() if reason}


_OF_MODE = {
    "personal-norm": "attacks read updates layer by layer, and of every layer it shares only a part",
    FINETUNED: "attacks follow devices to the last round, and there it sends nothing; attack mode federated",
}


def ruled_arms(config: MovingConfig) -> dict[Arm, Arm]:
    """Return the arms that share something, each with what it is once its rule is spelled out."""
    arms = (arm for arm in config.parsed_arms() if arm.sends)
    return {arm: replace(arm, rule=config.rule_of(arm).name) for arm in arms}
