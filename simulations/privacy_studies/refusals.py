"""Which arms of which federations can be attacked, and why the others cannot."""

from collections.abc import Iterator, Mapping, Sequence

from fedser.errors import ConfigError
from fedser.privacy.attacks import Attack
from fedser.protocol import Arm
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
    shadow, target = (_sharing(found[name]) for name in ("shadow", "target"))
    if not target:
        raise ConfigError(f"{where} [target]: local arms send nothing, so there is nothing to attack")
    absent = [arm.name for arm in target if arm not in shadow]
    if absent:
        raise ConfigError(f'{where} [shadow]: no arm "{absent[0]}", which [target] has; give both the same arms')
    for attack in attacks:
        if not attackable(attack, target):
            arm, reason = next(refused(attack, target))
            raise ConfigError(
                f"{where} [{attack.name}]: it has nothing to say of any arm; {arm.name}: {reason}; leave "
                f"{attack.name} out of attacks, or add an arm"
            )


def attackable(attack: Attack, arms: Sequence[Arm]) -> list[Arm]:
    """Return the arms, of all that share something, that an attack is made on."""
    able = [arm for arm in arms if not attack.refusal(arm, arms)]
    return able if attack.each_arm else able[:1]


def refused(attack: Attack, arms: Sequence[Arm]) -> Iterator[tuple[Arm, str]]:
    """Yield the arms, of all that share something, that an attack has nothing to say of, and why."""
    for arm in arms:
        if reason := attack.refusal(arm, arms):
            yield arm, reason


def _sharing(config: MovingConfig) -> list[Arm]:
    return [arm for arm in config.parsed_arms() if arm.shares]
