"""What the server knows of a round while it goes on."""

from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from clients.payload import Report
from fedser.privacy import Contribution


@dataclass
class Round:
    """One entry for each device of the cohort, and the updates that count."""

    number: int
    entries: list[dict[str, Any]] = field(default_factory=list)
    updates: list[tuple[int, Report]] = field(default_factory=list)
    """(device, its report) of the updates that count, ascending."""
    contributions: dict[int, Contribution] = field(default_factory=dict)
    """The same updates by device, as far as the server sees them."""
    beside: dict[int, dict[str, Tensor]] = field(default_factory=dict)
    """What came with them for the rule, by device."""
    ahead: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Bytes down and up of what was asked ahead of training, by device."""
    liars: dict[int, str] = field(default_factory=dict)
    """Who lied in a secure sum, and what it did."""

    @property
    def replied(self) -> list[int]:
        """Return the devices whose updates count, ascending."""
        return [device for device, _ in self.updates]

    def add(self, device: int, outcome: str, down: int, up: int = 0, report: Report | None = None) -> None:
        """Note what became of a device of the cohort."""
        before = self.ahead.get(device, (0, 0))
        entry: dict[str, Any] = {"device": device, "outcome": outcome}
        entry |= {"bytes_down": before[0] + down, "bytes_up": before[1] + up}
        self.entries.append(entry | (report.plain() if report else {}) | {"outcome": outcome})

    def weigh(self, device: int, down: int, up: int) -> None:
        """Add another message to a device's bytes."""
        entry = next(entry for entry in self.entries if entry["device"] == device)
        entry["bytes_down"] += down
        entry["bytes_up"] += up
