"""Updates made long, so that a few devices outweigh all others."""

from typing import ClassVar

from pydantic import Field
from torch import Tensor

from fedser.arrays import Doubles
from fedser.poisoning.damage import WANTS, damage
from fedser.poisoning.poisoning import Poisoning


class Scaling(Poisoning):
    """A hostile device learns honestly and sends x + `factor` (y − x): x is what it received, y what it learnt."""

    name: ClassVar[str] = "scaling"
    does: ClassVar[str] = "learn honestly and send their updates many times as long."
    wants: ClassVar[str] = WANTS

    factor: float = Field(10.0, gt=0, le=1e4)
    """How many times as long the update becomes."""

    def sent(self, learnt: Tensor, received: Tensor, share: float) -> Tensor:
        """Return the model received, moved `factor` times as far."""
        return received + self.factor * (learnt - received)

    def success(self, predicted: Doubles, before: Doubles, labels: Doubles) -> float:
        """Return the damage done."""
        return damage(predicted, before, labels)
