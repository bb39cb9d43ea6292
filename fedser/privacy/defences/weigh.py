"""Weigh updates, and divide their sum."""

from dataclasses import replace
from typing import ClassVar

import numpy as np

from fedser.errors import UserError
from fedser.privacy.defences.defence import Contribution, Total
from fedser.privacy.defences.joint import JointStep


class Weigh(JointStep):
    """Multiplies an update by its weight.

    `append`: the weight becomes one more coordinate, so that the sum of weights comes out of a secure sum.
    `guaranteed`: the divisor is how many take part, and a weight is a share of 1; else it is the sum of weights.
    """

    name: ClassVar[str] = "weigh"
    does: ClassVar[str] = "lets updates count by their weight."

    append: bool = False
    guaranteed: bool = False

    @property
    def appended(self) -> int:
        """Return 1 where the weight is appended."""
        return int(self.append)

    def into_sum(self, contribution: Contribution) -> Contribution:
        """Return weight · update in float64, (k,), or (k + 1,) with the weight."""
        weight = contribution.weight
        if self.guaranteed and not 0.0 <= weight <= 1.0:
            raise UserError(f"a weight of {weight:g} under a guarantee; expected a share of 1, by weight_bound")
        values = contribution.values.astype(np.float64) * weight
        return replace(contribution, values=np.append(values, weight) if self.append else values)

    def summed(self, total: Total) -> Total:
        """Return the average, (k,); zeros where nobody took part, or no weight is known."""
        update, weights = total.values, total.weights
        if self.append:
            update, weights = total.values[:-1], float(total.values[-1])
        divisor = self.participants(total.count) if self.guaranteed else weights
        return replace(total, values=update / divisor if divisor > 0 else np.zeros_like(update))
