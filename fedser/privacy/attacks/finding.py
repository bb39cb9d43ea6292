"""What an attack found in one setting."""

from dataclasses import dataclass
from typing import Any

from fedser.privacy.attacks.interval import Interval

SETTING = ("layer", "rounds", "batch", "steps")
"""What a finding may be about, beside the arm; the columns of attacks.csv, empty where they do not apply."""


@dataclass(frozen=True)
class Finding:
    """An estimate beside what the same attack gives where there is nothing to find: a row of attacks.csv."""

    variant: str
    """What the attack looked at, or how: a word, such as "gradient"."""
    metric: str
    """What was measured: "uar", "auc", …"""
    estimate: Interval
    control: Interval
    """Of the null controls (`Null.band`), or the level of chance (`Interval.known`)."""
    n: int
    """Guesses made, utterances ranked, or trials."""
    statement: str
    """What the adversary sees, knows and owns, in full sentences that begin "The adversary"."""
    p_value: float | None = None
    layer: str = ""
    rounds: int | None = None
    """Of a device, seen together."""
    batch: int | None = None
    """Utterances in a step."""
    steps: int | None = None

    def row(self, attack: str, arm: str) -> dict[str, Any]:
        """Return the row of attacks.csv that an attack by that name on an arm makes of it."""
        setting = {name: getattr(self, name) for name in SETTING}
        estimate, control = self.estimate, self.control
        return (
            {"attack": attack, "variant": self.variant, "metric": self.metric, "arm": arm}
            | {name: "" if value is None else str(value) for name, value in setting.items()}
            | {"estimate": estimate.estimate, "low": estimate.low, "high": estimate.high}
            | {"control": control.estimate, "control_low": control.low, "control_high": control.high}
            | {"p_value": self.p_value, "n": self.n, "statement": self.statement}
        )
