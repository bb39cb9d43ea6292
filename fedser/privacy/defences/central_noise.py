"""Gaussian noise that the server adds to the sum; the server is trusted."""

from dataclasses import replace
from typing import ClassVar

from fedser.privacy.defences.defence import Defence, Total
from fedser.privacy.noise import Draw, add_gaussian


class CentralNoise(Defence):
    """`std`: standard deviation on every coordinate of the sum; `draw`: where it comes from."""

    name: ClassVar[str] = "central-noise"
    does: ClassVar[str] = "hides single updates in the noise of their sum."

    std: float
    draw: Draw

    def summed(self, total: Total) -> Total:
        """Return the noisy sum."""
        return replace(total, values=add_gaussian(total.values, self.std, self.draw))
