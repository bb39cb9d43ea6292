"""[aggregation], and what a rule asks of the rest of a configuration."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ValidationInfo, model_validator

from clients.payload import MEMORY_GRADIENT
from fedser.config import Section
from fedser.errors import ConfigError
from fedser.privacy import PrivacyOptions
from fedser.protocol import Arm
from fedser.protocol.arms import FINETUNED, NO_MEMORY
from fedser.rules import RULES, Rule
from fedser.strategies import STRATEGIES
from fedser.training import AdaptationOptions, TrainingOptions

_MOVED = {
    "proximal": "[fedprox] proximal_mu",
    "learning_rate": "[fedadam] eta",
    "beta_1": "[fedadam] beta_1",
    "beta_2": "[fedadam] beta_2",
    "tau": "[fedadam] tau",
}
"""Options of rules that stood in [aggregation] once."""


class AggregationSection(Section):
    """[aggregation]: how the server makes one model of many updates."""

    rule: Annotated[str, AfterValidator(RULES.known)] = "fedavg"
    """Of arms that name none after `@`; each rule has a section of its own for its options, such as [fedadam]."""
    weights: Literal["examples", "uniform"] = "examples"
    """By the number of utterances trained on, or the same for all."""

    @model_validator(mode="before")
    @classmethod
    def _moved(cls, values: Any, info: ValidationInfo) -> Any:
        where = (info.context or {}).get("where", "configuration")
        for key in values if isinstance(values, dict) else ():
            if key in _MOVED:
                raise ConfigError(f"{where} [aggregation]: {key} is an option of a rule now: {_MOVED[key]}")
        return values


def check_steps(rule: Rule, adaptation: AdaptationOptions, arm: Arm, rounds: int) -> None:
    """Refuse what does not go with how a device trains in a round; raises ConfigError in one line."""
    if rule.of_steps and adaptation.early_stopping:
        raise ConfigError(
            f"[adaptation]: {arm.name}: {rule.name} counts a device's steps, and early_stopping takes the last of "
            "them back; choose epochs or steps"
        )
    if rule.of_memory and arm.memory == NO_MEMORY:
        raise ConfigError(
            f"[aggregation]: {arm.name}: {rule.name} needs a memory, and this arm keeps none; write "
            f"{arm.mode}:{arm.method}@{rule.name} in arms"
        )
    if arm.mode == "ditto" and STRATEGIES[arm.method].follows_one_model():
        raise ConfigError(
            f"arms: {arm.name}: in ditto a device trains two models, and {arm.method} keeps what belongs to one; "
            "take a method that keeps utterances alone, such as exper or gem"
        )
    if arm.mode == FINETUNED and adaptation.finetuned_rounds >= rounds:
        raise ConfigError(
            f"[adaptation]: {arm.name}: finetuned_rounds = {adaptation.finetuned_rounds} of {rounds} rounds leave "
            "none to share in; take fewer, or mode local"
        )
    if arm.mode == "fedrep" and adaptation.early_stopping:
        raise ConfigError(
            f"[adaptation]: {arm.name}: fedrep trains heads and body for a set time each; choose epochs or steps"
        )
    if arm.mode == "fedrep" and rule.of_steps:
        raise ConfigError(
            f"arms: {arm.name}: {rule.name} counts a device's steps, and in fedrep only some of them move what is "
            "shared; take another rule, or personal-head"
        )


def check_match(training: TrainingOptions, adaptation: AdaptationOptions, arms: Sequence[Arm]) -> None:
    """Refuse what cannot take the same steps as other methods; raises ConfigError in one line."""
    if training.match != "steps":
        return
    if adaptation.early_stopping:
        raise ConfigError(
            '[training]: match = "steps" sets how many steps a round has, and adaptation.early_stopping ends it '
            "elsewhere; choose adaptation.epochs or steps"
        )
    for arm in arms:
        if STRATEGIES[arm.method].of_memory_alone and adaptation.epochs is not None:
            raise ConfigError(
                f'arms: {arm.name} passes over its memory, and match = "steps" counts passes over what is new; '
                "set adaptation.steps, or leave out the arm"
            )


def check_rule(rule: Rule, privacy: PrivacyOptions, most: int, arm: str) -> None:
    """Refuse, with the reason, a rule that cannot do its work; raises ConfigError in one line.

    `most`: how many updates a round can have.
    """
    if rule.least > most:
        raise ConfigError(
            f"arms: {arm}: {rule.name} needs {rule.least} updates a round, and at most {most} devices take part "
            f"in one; raise devices.count or participation.fraction, or change [{rule.name}]"
        )
    beside = [*rule.beside_up(1), *([MEMORY_GRADIENT] if rule.of_memory else [])]
    if privacy.asked and beside:
        raise ConfigError(
            f"[privacy]: {arm}: {rule.name} has devices send {', '.join(beside)} beside their models, "
            "which no step of [privacy] covers; take another rule, or leave out [privacy]"
        )
    if rule.of_average:
        return
    for wrong, reason in (
        (privacy.secure_aggregation, "secure_aggregation shows the server nothing but their sum"),
        (
            privacy.private,
            f'the noise of mechanism = "{privacy.mechanism}" covers a sum of clipped updates, not what another '
            "rule makes of them",
        ),
    ):
        if wrong:
            raise ConfigError(
                f"[privacy]: {arm}: {rule.name} needs every device's own update, but {reason}; take a rule that "
                "needs their average only, such as fedavg or fedadam, or leave that out"
            )
