"""A defence as users write one: the signs of an update, all of one size (Bernstein et al. 2018, ICML)."""

from dataclasses import replace
from typing import ClassVar

import numpy as np
from pydantic import Field

import fedser
from fedser.privacy.defences import Contribution, DeviceStreams


@fedser.register
class Sign(fedser.Defence):
    """[sign]: every number becomes ± the mean magnitude, or 0 where it is below `dead_zone` times that mean.

    ‖·‖₂ of d numbers of their mean magnitude is at most ‖·‖₂ of the numbers (Cauchy and Schwarz).
    """

    name: ClassVar[str] = "sign"
    does: ClassVar[str] = "sends the signs of the update alone, and one size for all."
    keeps_bound: ClassVar[bool] = True

    dead_zone: float = Field(0.0, ge=0)

    def outgoing(self, contribution: Contribution, streams: DeviceStreams) -> Contribution:
        """Return the signs times the mean magnitude, (k,) float32, rounded towards zero."""
        sizes = np.abs(contribution.values.astype(np.float64))
        mean = np.nextafter(np.float32(sizes.mean()), np.float32(0))
        signs = np.sign(contribution.values) * (sizes >= self.dead_zone * sizes.mean())
        return replace(contribution, values=(signs * mean).astype(np.float32))
