"""Section [mobility]: how devices move between environments."""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from fedser.config import Section
from fedser.mobility.availability import Availability
from fedser.mobility.dwell import Dwell
from fedser.mobility.transitions import Transitions, check_rows

PRESETS = {
    "slow": Dwell(kind="geometric", mean=10),
    "medium": Dwell(kind="geometric", mean=5),
    "fast": Dwell(kind="geometric", mean=2),
}
"""Stays of the presets, in rounds; the next environment is any other, equally likely."""

_KINDS_OF = {
    "start": ("static", "semi-markov"),
    "schedule": ("schedule",),
    "stay": ("schedule",),
    "stagger": ("schedule",),
    "preset": ("semi-markov",),
    "transitions": ("semi-markov",),
    "dwell": ("semi-markov",),
    "dwell_in": ("semi-markov",),
    "file": ("trace",),
}


class MobilityOptions(Section):
    """How devices move; a key of another kind than the chosen one is refused.

    static: every device stays where it starts.
    schedule: the environments of `schedule` in turn, `stay` rounds each, from the start again after the last;
        with `stagger`, device d begins at the item d (counted round) instead of the first.
    semi-markov: stays of random length (`dwell`, `dwell_in` for single environments, or a `preset`), then on to
        another environment by `transitions` (default: any other, equally likely).
    trace: a CSV `file` with the columns device, round, environment and optionally available (0 or 1).
    start: an environment, or "random": any that is open in round 1.
    withheld: the first round in which an environment may be entered. A random walk chooses among the others by
        their remaining probabilities, and stays while there is nowhere to go; a schedule passes the environment
        over; a trace that enters it too early is refused.
    availability: a probability per round, or {mean_on, mean_off}: mean spells in rounds.
    """

    kind: Literal["static", "schedule", "semi-markov", "trace"] = "static"
    start: str = "random"
    schedule: list[str] = Field([], validate_default=True)
    stay: int = Field(1, ge=1)
    stagger: bool = False
    preset: Literal["slow", "medium", "fast"] | None = None
    transitions: Transitions | None = None
    dwell: Dwell | None = Field(None, validate_default=True)
    dwell_in: dict[str, Dwell] = Field({})
    file: str | None = Field(None, min_length=1, validate_default=True)
    withheld: dict[str, Annotated[int, Field(ge=1)]] = Field({})
    availability: Availability = Availability()

    @field_validator("transitions", mode="before")
    @classmethod
    def _rows_add_up(cls, value: object) -> object:
        return value if value is None else check_rows(value)

    @field_validator("availability", mode="before")
    @classmethod
    def _probability_alone(cls, value: object) -> object:
        match value:
            case dict() | Availability():
                return value
            case int() | float() if not isinstance(value, bool):
                return {"probability": value}
        raise ValueError(
            f"must be a probability such as 0.9, or {{mean_on = 8, mean_off = 2}} in rounds, got {value!r}"
        )

    @field_validator(*_KINDS_OF)
    @classmethod
    def _belongs(cls, value: Any, info: ValidationInfo) -> Any:
        key, kind = str(info.field_name), info.data.get("kind")
        # A resolved configuration spells the defaults out, so those are no mistake.
        if kind and kind not in _KINDS_OF[key] and value != cls.model_fields[key].default:
            kinds = " or ".join(f'"{name}"' for name in _KINDS_OF[key])
            raise ValueError(f'belongs to kind = {kinds}, but kind is "{kind}"')
        return value

    @field_validator("schedule", "file")
    @classmethod
    def _needed(cls, value: Any, info: ValidationInfo) -> Any:
        if not value and info.data.get("kind") in _KINDS_OF[str(info.field_name)]:
            example = '["home", "office"]' if info.field_name == "schedule" else '"trace.csv"'
            raise ValueError(f'is needed by kind = "{info.data["kind"]}", such as {info.field_name} = {example}')
        return value

    @field_validator("dwell")
    @classmethod
    def _one_source(cls, value: Dwell | None, info: ValidationInfo) -> Dwell | None:
        preset = info.data.get("preset")
        if (
            info.data.get("kind") == "semi-markov"
            and "preset" in info.data
            and (value is None) == (preset is None)
        ):
            both = "is given, and preset too; leave out one" if preset else "or preset is needed"
            raise ValueError(f'{both}, such as dwell = {{kind = "poisson", mean = 6}} or preset = "medium"')
        return value

    def dwell_of(self, environment: str) -> Dwell:
        """Return the distribution of stays in an environment; for semi-markov only."""
        general = self.dwell or PRESETS[self.preset or ""]
        return self.dwell_in.get(environment, general)
