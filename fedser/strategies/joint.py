"""Joint training: all environments at once, the upper bound that a device cannot have."""

from collections.abc import Sequence
from typing import ClassVar

from fedser.strategies.strategy import Item, Past, Strategy


class Joint(Strategy):
    """From the initial weights on the training sets of all environments met so far; validated on theirs."""

    name: ClassVar[str] = "joint"
    title: ClassVar[str] = "Joint"
    does: ClassVar[str] = (
        "is trained on all data so far at once: an upper bound that no device with a small memory can have."
    )
    past: ClassVar[Past] = "everything"
    restarts: ClassVar[bool] = True

    def replayed(self, memories: Sequence[Item]) -> Sequence[Item]:
        """Return all training sets of the past."""
        return memories
