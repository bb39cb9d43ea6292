"""What of a federation's configuration may be at fault when an arm's training diverges."""

from fedser.config import Section
from fedser.protocol import Arm
from simulations.moving.config import MovingConfig


def suspects_of(config: MovingConfig, arm: Arm) -> dict[str, Section]:
    """Return the sections that have a part in an arm, by name: its method, its rule, what guards updates."""
    found: dict[str, Section | None] = {"training": config.training, arm.method: config.section(arm.method)}
    if arm.sends:
        rule = config.rule_of(arm)
        found |= {rule.name: rule, "privacy": config.privacy}
        found |= {step.name: step for step in config.further_defences()}
    if config.server.speakers:
        found["server"] = config.server
    return {name: section for name, section in found.items() if section is not None}
