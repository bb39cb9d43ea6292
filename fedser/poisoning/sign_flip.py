"""Updates turned round: devices pull the model away from what they have learnt."""

from typing import ClassVar

from pydantic import Field
from torch import Tensor

from fedser.arrays import Doubles
from fedser.poisoning.damage import WANTS, damage
from fedser.poisoning.poisoning import Poisoning


class SignFlip(Poisoning):
    """A hostile device learns honestly and sends x − `factor` (y − x) of the model x it received and y it learnt.

    The length of the update tells nothing with factor 1 (Li et al. 2019, AAAI, arXiv 1811.03761).
    """

    name: ClassVar[str] = "sign-flip"
    does: ClassVar[str] = "learn honestly and send their updates with the sign turned round."
    wants: ClassVar[str] = WANTS

    factor: float = Field(1.0, gt=0, le=1e4)
    """Its length after the turn, in lengths of the honest update."""

    def sent(self, learnt: Tensor, received: Tensor, share: float) -> Tensor:
        """Return the model received, moved the other way."""
        return received - self.factor * (learnt - received)

    def success(self, predicted: Doubles, before: Doubles, labels: Doubles) -> float:
        """Return the damage done."""
        return damage(predicted, before, labels)
