"""Section [adversary]: how many devices are hostile, and what they do."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from fedser.config import Section
from fedser.errors import ConfigError
from fedser.poisoning import POISONINGS, Poisoning
from fedser.seeding import generator


class AdversarySection(Section):
    """A `share` of the devices, drawn by the seed, is hostile, of one `kind`, whose options stand in its section.

    None are by default. Hostile devices do all that the protocol asks, so that no check of a reply finds them, and
    their poisoned updates go through the steps of [privacy] like any other. Their own scores do not count among
    those of the devices.
    """

    share: float = Field(0.0, ge=0, lt=1)
    """Of the devices, drawn by the seed."""
    kind: Annotated[str, AfterValidator(POISONINGS.known)] = "sign-flip"
    """What they do; its options stand in the section of its name."""

    def count(self, devices: int) -> int:
        """Return how many of the devices are hostile, a half rounded up."""
        return int(self.share * devices + 0.5)

    def chosen(self, sections: Mapping[str, Any]) -> Poisoning | None:
        """Return the kind with its section, one of an experiment's by name; None where nobody is hostile."""
        if not self.share:
            return None
        kind: Poisoning = sections.get(self.kind) or POISONINGS[self.kind]()
        return kind

    def hostile(self, devices: int, seed: int) -> tuple[int, ...]:
        """Return which devices are hostile, ascending."""
        drawn = generator(seed, "adversary").choice(devices, self.count(devices), replace=False)
        return tuple(sorted(int(device) for device in drawn))

    def refuse_other_kinds(self, sections: Mapping[str, Any]) -> None:
        """Raise ValueError if there is a section of a kind of poisoning that was not chosen."""
        for name, section in sections.items():
            if isinstance(section, Poisoning) and (name != self.kind or not self.share):
                remedy = f'choose adversary.kind = "{name}"' if self.share else "set adversary.share"
                raise ValueError(
                    f"[{name}] holds the options of a poisoning that no device does: {remedy}, or "
                    "leave the section out"
                )

    def check(self, devices: int, without_memory: Sequence[str]) -> None:
        """Raise ConfigError for a share that is no device, or all, and for arms that cannot be poisoned so.

        `without_memory`: the names of arms whose devices rehearse nothing.
        """
        if not self.share:
            return
        count = self.count(devices)
        if not 0 < count < devices:
            raise ConfigError(
                f"[adversary]: share = {self.share:g} of {devices} devices is {count}; expected one at least, and "
                "one honest device"
            )
        if POISONINGS[self.kind].of_memory and without_memory:
            raise ConfigError(
                f"[adversary]: {self.kind} is planted through what a device rehearses, and {without_memory[0]} "
                "rehearses nothing; leave the arm out, or choose another kind"
            )
