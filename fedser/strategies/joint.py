"""Joint training: all environments at once, a reference that no device can be."""

from collections.abc import Sequence
from typing import ClassVar

from fedser.model import Examples
from fedser.strategies.strategy import Past, Strategy


class Joint(Strategy):
    """From the initial weights on the training sets of all environments met so far; validated on theirs.

    On moving devices, where rounds are short, it goes on from its model of the last round: `local:joint` on all
    that the device has heard so far, `federated:joint` on the pooled speech of all devices, which none may send.
    """

    name: ClassVar[str] = "joint"
    title: ClassVar[str] = "Joint"
    does: ClassVar[str] = (
        "is a reference: it sees all data so far at once, which no device with a small memory can."
    )
    past: ClassVar[Past] = "everything"
    restarts: ClassVar[bool] = True

    def replayed(self, memories: Sequence[Examples]) -> Sequence[Examples]:
        """Return all training sets of the past."""
        return memories
