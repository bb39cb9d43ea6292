"""What a rule of aggregation asks of the rest of a configuration."""

from fedser.errors import ConfigError
from fedser.privacy import PrivacyOptions
from fedser.rules import Rule


def check_rule(rule: Rule, privacy: PrivacyOptions, most: int, arm: str) -> None:
    """Refuse, with the reason, a rule that cannot do its work; raises ConfigError in one line.

    `most`: how many updates a round can have.
    """
    if rule.least > most:
        raise ConfigError(
            f"arms: {arm}: {rule.name} needs {rule.least} updates a round, and at most {most} devices take part "
            f"in one; raise devices.count or participation.fraction, or change [{rule.name}]"
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
