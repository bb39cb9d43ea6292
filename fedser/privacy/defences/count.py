"""Count, under the noise of the updates, how many were within the clip; the clip follows (`adaptive_clipping`)."""

from dataclasses import replace
from typing import ClassVar

import numpy as np

from fedser.privacy.adaptive_clipping import inside_share
from fedser.privacy.defences.defence import Contribution, Total
from fedser.privacy.defences.joint import JointStep


class Count(JointStep):
    """Appends the bit of the clip, (b − ½) · `scale`, as the last coordinate; it is not weighted."""

    name: ClassVar[str] = "count"
    does: ClassVar[str] = "says, as one more number, whether the update was within the clip."

    scale: float

    @property
    def appended(self) -> int:
        """Return 1, the bit."""
        return 1

    def into_sum(self, contribution: Contribution) -> Contribution:
        """Return the values with the bit behind them."""
        bit = (float(contribution.inside) - 0.5) * self.scale
        return replace(contribution, values=np.append(contribution.values, bit))

    def summed(self, total: Total) -> Total:
        """Take the noisy count off the sum."""
        share = inside_share(float(total.values[-1]), self.scale, self.participants(total.count))
        return replace(total, values=total.values[:-1], inside=share)
