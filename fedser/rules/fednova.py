"""FedNova (Wang et al. 2020, NeurIPS, arXiv 2007.07481): devices that took more steps do not count more for it."""

from typing import ClassVar

import torch
from torch import Tensor

from fedser.errors import RunError
from fedser.rules.rule import Rule
from fedser.rules.updates import RoundUpdates, RuleState


class FedNova(Rule):
    """x ← x + τ Σ pᵢ Δᵢ/τᵢ with τᵢ the device's local steps, pᵢ its weight, and τ = Σ pᵢ τᵢ.

    For plain SGD the paper's ‖aᵢ‖₁ is the number of steps; penalties and projections of a method are taken as part
    of its gradient. With equal steps it is FedAvg. Devices of this project take different numbers: what they have
    heard differs, and so does what a method replays.
    """

    name: ClassVar[str] = "fednova"
    title: ClassVar[str] = "FedNova"
    does: ClassVar[str] = "averages the updates per local step, so that who takes many does not count more."
    of_steps: ClassVar[bool] = True

    def aggregate(self, server: Tensor, updates: RoundUpdates, state: RuleState) -> tuple[Tensor, RuleState]:
        """Return the model moved by the effective number of steps of the average normalised update."""
        steps = torch.tensor([update.steps for update in updates], dtype=torch.float64)
        if not (steps > 0).all():
            raise RunError("fednova needs to know how many steps each update took, and an update says none")
        shares = updates.shares
        normalised = (shares / steps) @ updates.changes(server)
        return (server.double() + (shares @ steps) * normalised).float(), state
