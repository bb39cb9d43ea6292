"""The shared model replaced by one of the adversary's (Bagdasaryan et al. 2020, AISTATS, arXiv 1807.00459)."""

from typing import ClassVar

from pydantic import Field
from torch import Tensor

from fedser.poisoning.label_flip import LabelFlip


class ModelReplacement(LabelFlip):
    """A hostile device learns from labels of the other sign and sends x + `boost` (y − x).

    Where boost is devices over hostile devices, which it is unless set, an average becomes the mean of the hostile
    models, as far as honest updates cancel: equation 3 of the paper with n/η over m adversaries.
    """

    name: ClassVar[str] = "model-replacement"
    does: ClassVar[str] = (
        "learn from labels with the sign turned round and send updates so long that an average is theirs."
    )

    boost: float | None = Field(None, gt=0, le=1e4)
    """By default devices over hostile devices."""

    def sent(self, learnt: Tensor, received: Tensor, share: float) -> Tensor:
        """Return the model received, moved so far that an average arrives at what was learnt."""
        return received + (self.boost or 1 / share) * (learnt - received)
