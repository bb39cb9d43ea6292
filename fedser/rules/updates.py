"""What a rule is given: a round's updates, and what it told the server to remember."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class DeviceUpdate:
    """What the server knows of one device's round."""

    device: int
    """Its number; −1 for the average of all, where that is all that the server sees."""
    model: Tensor
    """(k,) float32: the shared parameters after its training, as far as [privacy] lets them through."""
    weight: float = 1.0
    """How much it counts, by `[aggregation] weights`; not scaled to a sum of one."""
    examples: int = 0
    """Utterances trained on; 0 where devices do not tell."""
    steps: int = 0
    """Local steps taken; 0 where devices do not tell."""
    beside: Mapping[str, Tensor] = field(default_factory=dict)
    """What the rule has devices send beside their models."""


@dataclass(frozen=True, eq=False)
class RoundUpdates:
    """The updates of a round, by ascending number of the device."""

    round: int
    """From 1; rounds that left the model as it was count too."""
    devices: int
    """How many the federation has, whoever took part."""
    each: tuple[DeviceUpdate, ...]

    def __len__(self) -> int:
        return len(self.each)

    def __iter__(self) -> Iterator[DeviceUpdate]:
        return iter(self.each)

    @property
    def models(self) -> Tensor:
        """Return all models, (n, k) float32."""
        return torch.stack([update.model for update in self.each])

    def changes(self, server: Tensor) -> Tensor:
        """Return by how much each device moved the server's parameters (k,), (n, k) float64."""
        return self.models.double() - server.double()

    @property
    def shares(self) -> Tensor:
        """Return the weights, scaled to a sum of one, (n,) float64."""
        weights = torch.tensor([update.weight for update in self.each], dtype=torch.float64)
        return weights / weights.sum()


@dataclass(frozen=True, eq=False)
class RuleState:
    """What the server remembers for a rule from round to round; stored beside the model, to the last bit."""

    tensors: Mapping[str, Tensor] = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)
    """All else, as far as JSON can write it."""
