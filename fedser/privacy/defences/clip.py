"""Clip: no update is longer than the bound, whatever the device says."""

from dataclasses import replace
from typing import ClassVar

import numpy as np

from fedser.privacy.clipping import clip, norm
from fedser.privacy.defences.defence import Contribution, Defence, DeviceStreams


class Clip(Defence):
    """`bound` C > 0 on the L2 norm of the whole update."""

    name: ClassVar[str] = "clip"
    does: ClassVar[str] = "shortens the update to the bound."
    keeps_bound: ClassVar[bool] = True

    bound: float

    def outgoing(self, contribution: Contribution, streams: DeviceStreams) -> Contribution:
        """Return the update within the bound, and whether it was."""
        inside = norm(contribution.values) <= self.bound
        return replace(contribution, values=clip(contribution.values, self.bound)[0], inside=inside)

    def incoming(self, contribution: Contribution) -> Contribution:
        """Clip again, in float64: a device is believed, and so is a quantised update, only up to the bound."""
        return replace(contribution, values=clip(contribution.values.astype(np.float64), self.bound)[0])
