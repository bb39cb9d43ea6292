"""Section [mobility]: what all kinds of mobility share."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, field_validator, model_validator

from fedser.config import Section
from fedser.mobility.availability import Availability
from fedser.mobility.kinds import MOBILITY
from fedser.mobility.mobility import Mobility

_RENAMED = {"schedule": ("schedule", "environments")}
"""Keys that [mobility] once had: the kind and the option that they have become."""


class MobilityOptions(Section):
    """How devices move: by which `kind`, whose own options stand in the section of its name."""

    kind: Annotated[str, AfterValidator(MOBILITY.known)] = "static"
    """How devices move; its options stand in the section of its name."""
    withheld: dict[str, Annotated[int, Field(ge=1, le=1_000_000)]] = Field({})
    """The first round in which an environment may be entered."""
    availability: Availability = Availability()
    """When a device can be reached."""

    @model_validator(mode="before")
    @classmethod
    def _options_of_a_kind_are_elsewhere(cls, values: Any) -> Any:
        for key in values if isinstance(values, dict) else ():
            homes = [_RENAMED[key]] if key in _RENAMED else [(kind, key) for kind in _kinds_with(key)]
            if key not in cls.model_fields and homes:
                now = " or ".join(f"{option} in [{kind}]" for kind, option in homes)
                raise ValueError(f"does not hold {key}, which is an option of one kind alone: write {now}")
        return values

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

    def chosen(self, sections: Mapping[str, Any]) -> Mobility:
        """Return the kind with its section, one of an experiment's by name, or with its defaults."""
        kind: Mobility = sections.get(self.kind) or MOBILITY[self.kind]()
        return kind

    def refuse_other_kinds(self, sections: Mapping[str, Any]) -> None:
        """Raise ValueError if there is a section of a kind of mobility that was not chosen."""
        for name, section in sections.items():
            if isinstance(section, Mobility) and name != self.kind:
                raise ValueError(
                    f"[{name}] holds the options of a kind of mobility that is not in use: leave the section out, "
                    f'or choose mobility.kind = "{name}" instead of "{self.kind}"'
                )


def _kinds_with(option: str) -> list[str]:
    """Return the kinds of mobility that have an option."""
    return [name for name, kind in MOBILITY.items() if option in kind.model_fields]
