"""Joint training: all environments at once, the upper bound that a device cannot have."""

from collections.abc import Sequence
from typing import ClassVar

from fedser.model import Examples
from fedser.strategies.strategy import Past, Strategy


class Joint(Strategy):
    """From the initial weights on the training sets of all environments met so far; validated on theirs."""

    name: ClassVar[str] = "joint"
    title: ClassVar[str] = "Joint"
    does: ClassVar[str] = (
        "is trained on all data so far at once: an upper bound that no device with a small memory can have."
    )
    past: ClassVar[Past] = "everything"
    restarts: ClassVar[bool] = True

    def replayed(self, memories: Sequence[Examples]) -> Sequence[Examples]:
        """Return all training sets of the past."""
        return memories
