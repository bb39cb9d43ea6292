"""FedAdam as published (Reddi et al. 2021, ICLR, arXiv 2003.00295, Algorithm 2)."""

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from fedser.rules.rule import Rule
from fedser.rules.updates import RoundUpdates, RuleState


class FedAdamReddi(Rule):
    """m ← β₁m + (1 − β₁)Δ, v ← β₂v + (1 − β₂)Δ², x ← x + η m / (√v + τ), Δ the average update.

    v starts at τ², the least that the paper allows, and no bias is corrected. Flower's own, [fedadam], starts v at
    0 and corrects the bias: where Δ is small beside τ its first step is about half as long again, so each wants
    an η of its own. Δ is weighted as [aggregation] says, the paper's is not. The defaults are Flower's.
    """

    name: ClassVar[str] = "fedadam-reddi"
    title: ClassVar[str] = "FedAdam (Reddi et al.)"
    does: ClassVar[str] = "takes the average update for a gradient and takes a step of Adam, as published."
    of_average: ClassVar[bool] = True

    eta: float = Field(0.1, gt=0, allow_inf_nan=False)
    """Length of the server's step."""
    beta_1: float = Field(0.9, ge=0, lt=1)
    """Decay of the momentum m."""
    beta_2: float = Field(0.99, ge=0, lt=1)
    """Decay of the mean square v."""
    tau: float = Field(1e-3, gt=0, allow_inf_nan=False)
    """How adaptive it is: the floor beneath √v."""

    def aggregate(self, server: Tensor, updates: RoundUpdates, state: RuleState) -> tuple[Tensor, RuleState]:
        """Return the model a step further, and both moments, float64."""
        change = updates.shares @ updates.changes(server)
        m = self.beta_1 * state.tensors.get("m", torch.zeros_like(change)) + (1 - self.beta_1) * change
        v = state.tensors.get("v", torch.full_like(change, self.tau**2))
        v = self.beta_2 * v + (1 - self.beta_2) * change**2
        moved = server.double() + self.eta * m / (v.sqrt() + self.tau)
        return moved.float(), RuleState({"m": m, "v": v})
