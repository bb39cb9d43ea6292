"""A rule as users write one: the trimmed mean of Yin et al. 2018 (arXiv 1803.01498), number by number.

Unlike Flower's it leaves out as many as it is told, and knows weights.
"""

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

import fedser
from fedser.rules import RoundUpdates, RuleState


@fedser.register
class TrimmedMean(fedser.Rule):
    """Leaves out the `trim` largest and the `trim` smallest values of every number, and averages the others."""

    name: ClassVar[str] = "trimmed-mean"
    title: ClassVar[str] = "Trimmed mean"
    does: ClassVar[str] = "averages the models without the most extreme values of every number."

    trim: int = Field(1, ge=0)
    weighted: bool = True

    @property
    def least(self) -> int:
        """Return the fewest updates of which something is left."""
        return 2 * self.trim + 1

    def aggregate(self, server: Tensor, updates: RoundUpdates, state: RuleState) -> tuple[Tensor, RuleState]:
        """Return the trimmed mean of the models, (k,)."""
        n = len(updates)
        models, order = updates.models.sort(dim=0)
        shares = updates.shares if self.weighted else torch.full((n,), 1 / n, dtype=torch.float64)
        kept = slice(self.trim, n - self.trim)
        weights = shares[order[kept]]
        mean = (weights * models[kept]).sum(dim=0) / weights.sum(dim=0)
        return mean.float(), state
