"""The configuration of `fedser study`: a base and axes."""

from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from fedser.config import Section
from simulations.sections import plain_name, refuse_alike

TAKEN = ("cell", "seed", "arm", "environment", "target", "measure", "value")
"""Columns of study.csv, which no axis may be called."""


class AxisSection(Section):
    """[[axes]]: what is varied, and the values that it takes; the others are compared with the first."""

    name: str = Field(min_length=1)
    """What tables and figures call it."""
    key: str | None = Field(None, min_length=1)
    """The key of the base, such as memory.capacity; a name leads into a list: environments.office.acoustics."""
    values: list[Any] | dict[str, Any] = Field(min_length=1)
    """A list, or a table of values by name; without a key each is a table of keys that move together."""

    @field_validator("name")
    @classmethod
    def _plain(cls, name: str) -> str:
        if name in TAKEN:
            raise ValueError(f'"{name}" is a column of study.csv; give the axis another name')
        return plain_name(name)

    @model_validator(mode="after")
    def _keyed(self) -> Self:
        if self.key is None:
            wrong = isinstance(self.values, list) or not all(isinstance(v, dict) for v in self.values.values())
            if wrong:
                raise ValueError(f'axis "{self.name}": give it a key, or name its values, each a table of keys')
        refuse_alike(f'axis "{self.name}"', self.labels())
        return self

    def labels(self) -> list[str]:
        """Return what its values are called."""
        if isinstance(self.values, dict):
            return [plain_name(label) for label in self.values]
        return [plain_name(label_of(value)) for value in self.values]

    def numbers(self) -> list[float] | None:
        """Return its values where all are numbers, which have an order and distances; else None."""
        values = list(self.values.values()) if isinstance(self.values, dict) else self.values
        plain = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
        return [float(value) for value in values] if plain else None

    def changes(self) -> list[dict[str, Any]]:
        """Return what each value sets, by dotted key."""
        values = list(self.values.values()) if isinstance(self.values, dict) else self.values
        return [dict(value) if self.key is None else {self.key: value} for value in values]


class StudyConfig(Section):
    """An experiment and the axes along which it is varied."""

    base: str = Field(min_length=1)
    """A configuration of fedser paper or simulate: a file, relative to the study's, or a shipped one's name."""
    common: dict[str, Any] = Field({})
    """Keys of the base that are set in all cells; of environments, names choose and order them."""
    axes: list[AxisSection] = Field(min_length=1)
    """What is varied."""
    combine: Literal["grid", "list"] = "grid"
    """A cell of every combination of values, or one of the first values of all axes, one of the second, …"""

    @model_validator(mode="after")
    def _combinable(self) -> Self:
        refuse_alike("axes", [axis.name for axis in self.axes])
        lengths = {axis.name: len(axis.values) for axis in self.axes}
        if self.combine == "list" and len(set(lengths.values())) > 1:
            said = ", ".join(f"{name} has {count}" for name, count in lengths.items())
            raise ValueError(f'combine = "list" needs axes of one length: {said}')
        return self


def label_of(value: Any) -> str:
    """Return how a value is called where it has no name of its own.

    >>> label_of(0.5), label_of(["a", "b"]), label_of(True)
    ('0.5', 'a, b', 'true')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(map(label_of, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} {label_of(inner)}" for key, inner in value.items())
    return f"{value:g}" if isinstance(value, float) else str(value)
