"""Which references stand beside a federation, and what one that pools all speech does not go with."""

from fedser.errors import ConfigError
from fedser.privacy import PrivacyOptions
from fedser.protocol import Arm
from fedser.strategies import STRATEGIES
from fedser.training import AdaptationOptions


def read_arm(text: str) -> Arm:
    """Read an arm of a federation; raises ConfigError for a reference where there is none."""
    arm = Arm.parse_shared(text)
    if STRATEGIES[arm.method].past == "everything" and (arm.mode not in ("local", "federated") or arm.rule):
        raise ConfigError(
            f'arms: "{text}": {arm.method} is a reference, of one device or of all speech pooled; write '
            f'"local:{arm.method}" or "federated:{arm.method}", without a rule'
        )
    return arm


def check_pooled(arm: Arm, privacy: PrivacyOptions, adaptation: AdaptationOptions) -> None:
    """Refuse, with the reason, what an arm cannot keep that learns from the speech of all devices at once."""
    if privacy.asked:
        raise ConfigError(
            f"[privacy]: {arm.name} learns from the bare speech of all devices, which no step of it covers; "
            f"take local:{arm.method}, or leave it or [privacy] out"
        )
    if adaptation.early_stopping:
        raise ConfigError(
            f"[adaptation]: {arm.name}: early_stopping looks at the place of a device, and all devices together "
            "have none; choose epochs or steps"
        )
