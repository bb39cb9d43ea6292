"""A device's share of the noise, beneath a secure sum: the server sees only the noisy sum."""

from dataclasses import replace
from typing import ClassVar

from fedser.privacy.defences.defence import Contribution, Defence, DeviceStreams
from fedser.privacy.fixed_point import Grid, noise_on_grid


class NoiseShare(Defence):
    """`std`: standard deviation of one share, in the values' unit; `step` and `largest` are the grid's.

    The sum needs nothing of the server: the noise is in it, and is to stay there.
    """

    name: ClassVar[str] = "noise-share"
    does: ClassVar[str] = "adds a share of the noise to the update."

    std: float
    step: float
    largest: int

    def outgoing(self, contribution: Contribution, streams: DeviceStreams) -> Contribution:
        """Return the steps with whole-numbered noise."""
        grid = Grid(self.step, self.largest)
        noise = noise_on_grid(contribution.values.size, self.std, grid, streams.noise())
        return replace(contribution, values=contribution.values + noise)
