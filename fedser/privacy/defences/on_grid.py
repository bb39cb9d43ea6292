"""The grid of a secure sum: whole numbers that add up modulo 2³² (`fixed_point`)."""

from dataclasses import replace
from typing import ClassVar

from fedser.privacy.defences.defence import Contribution, Defence, DeviceStreams, Total
from fedser.privacy.fixed_point import Grid, to_grid, unwrap


class OnGrid(Defence):
    """`step` and `largest` of the grid."""

    name: ClassVar[str] = "on-grid"
    does: ClassVar[str] = "rounds the update to the grid of a secure sum."

    step: float
    largest: int

    def outgoing(self, contribution: Contribution, streams: DeviceStreams) -> Contribution:
        """Return the values in steps of the grid, int64."""
        return replace(contribution, values=to_grid(contribution.values, self._grid))

    def summed(self, total: Total) -> Total:
        """Return the sum in the values' unit, from its residues modulo 2³²."""
        return replace(total, values=unwrap(total.values, self._grid))

    @property
    def _grid(self) -> Grid:
        return Grid(self.step, self.largest)
