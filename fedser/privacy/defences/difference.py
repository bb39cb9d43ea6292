"""Send the update, not the model: what follows is meant for small numbers around zero."""

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fedser.privacy.defences.defence import Contribution, Defence, DeviceStreams, Total


class Difference(Defence):
    """The model minus the model received, (k,) float32, and back."""

    name: ClassVar[str] = "difference"
    does: ClassVar[str] = "takes the update for the model."

    def outgoing(self, contribution: Contribution, streams: DeviceStreams) -> Contribution:
        """Return the update."""
        return replace(contribution, values=contribution.values - contribution.origin)

    def incoming(self, contribution: Contribution) -> Contribution:
        """Return the model again, but for its last bits."""
        return replace(contribution, values=_moved(contribution.origin, contribution.values))

    def summed(self, total: Total) -> Total:
        """Return the model moved by the average update."""
        return replace(total, values=_moved(total.origin, total.values))


def _moved(origin: NDArray[np.float32], update: NDArray[Any]) -> NDArray[np.float32]:
    moved: NDArray[np.float64] = origin.astype(np.float64) + update
    return moved.astype(np.float32)
