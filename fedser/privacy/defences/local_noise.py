"""Noise on every device's own update, of which nothing is claimed: to see what an attack is worth under it."""

from dataclasses import replace
from typing import ClassVar

import numpy as np
from pydantic import Field

from fedser.privacy.defences.defence import Contribution, Defence, DeviceStreams


class LocalNoise(Defence):
    """[local-noise]: Gaussian noise of the standard deviation `std` on every number of the update.

    It lengthens the update, so it does not go with a mechanism that promises differential privacy.
    """

    name: ClassVar[str] = "local-noise"
    does: ClassVar[str] = "adds Gaussian noise to every device's own update, without a guarantee."

    std: float = Field(0.01, gt=0, le=1e9)
    """Standard deviation on every number of the update."""

    def outgoing(self, contribution: Contribution, streams: DeviceStreams) -> Contribution:
        """Return the noisy update, (k,) float32."""
        noise = streams.of(self.name).standard_normal(contribution.values.size) * self.std
        return replace(contribution, values=(contribution.values + noise).astype(np.float32))
