"""Bounded norms against poisoned updates (Sun et al. 2019, "Can you really backdoor …", arXiv 1911.07963)."""

from typing import ClassVar

from pydantic import Field
from torch import Tensor

from fedser.rules.rule import Rule
from fedser.rules.updates import RoundUpdates, RuleState


class NormBound(Rule):
    """The average of the updates, each shortened to `multiple` times the round's median norm where it is longer.

    The paper's bound is a constant, which nobody knows beforehand; a median is not moved by a minority. It
    promises no privacy: [privacy] clip bounds updates on the devices, and is what noise is scaled to.
    """

    name: ClassVar[str] = "norm-bound"
    title: ClassVar[str] = "Norm bound"
    does: ClassVar[str] = "averages the updates, none longer than a multiple of their median length."

    multiple: float = Field(1.0, gt=0, allow_inf_nan=False)
    """Of the median norm."""

    def aggregate(self, server: Tensor, updates: RoundUpdates, state: RuleState) -> tuple[Tensor, RuleState]:
        """Return the model moved by the average of the bounded updates."""
        changes = updates.changes(server)
        norms = changes.norm(dim=1)
        bound = self.multiple * norms.quantile(0.5)
        factors = (bound / norms.clamp(min=1e-300)).clamp(max=1.0)
        return (server.double() + (updates.shares * factors) @ changes).float(), state
