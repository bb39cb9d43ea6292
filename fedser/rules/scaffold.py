"""SCAFFOLD (Karimireddy et al. 2020, ICML, arXiv 1910.06378), option II."""

from collections.abc import Mapping
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from fedser.model import Penalty
from fedser.rules.beside import Received, SentBeside, Trained
from fedser.rules.rule import Rule
from fedser.rules.updates import RoundUpdates, RuleState

VARIATE = "control-variate"


class Scaffold(Rule):
    """Devices descend g − cᵢ + c: what a device's data pull its gradient by (cᵢ) is replaced by what all do (c).

    After K steps of length η from x to y, cᵢ⁺ = cᵢ − c + (x − y)/(Kη); the device sends cᵢ⁺ − cᵢ beside its model
    and keeps cᵢ⁺, 4 bytes a shared parameter. The server adds to c the mean of what came, times the share of
    devices that took part, and moves the model by `eta` times the average update. A variate is a mean gradient on
    a device's speech, so under [privacy] it is refused. A device whose reply is lost or late has moved its variate
    all the same; the paper has no such devices.
    """

    name: ClassVar[str] = "scaffold"
    title: ClassVar[str] = "SCAFFOLD"
    does: ClassVar[str] = "corrects every local step by how the device's gradients differ from those of all."
    of_steps: ClassVar[bool] = True

    eta: float = Field(1.0, gt=0, allow_inf_nan=False)
    """Length of the server's step, in average updates."""

    def beside_up(self, size: int) -> Mapping[str, int]:
        """Return that the change of a device's variate goes up, as long as the shared model."""
        return {VARIATE: size}

    def beside_down(self, state: RuleState, size: int) -> Mapping[str, Tensor]:
        """Return the server's variate c, (k,)."""
        return {VARIATE: state.tensors.get(VARIATE, torch.zeros(size, dtype=torch.float64)).float()}

    def correction(self, received: Received) -> Penalty | None:
        """Return ⟨c − cᵢ, θ⟩ over the shared parameters, whose gradient is c − cᵢ."""
        towards = torch.zeros_like(received.parameters)
        towards[received.shared] = received.beside[VARIATE] - _own(received)

        def penalty(parameters: Tensor) -> tuple[float, Tensor]:
            return float(towards @ parameters), towards

        return penalty

    def tell(self, received: Received, trained: Trained) -> SentBeside:
        """Return by how much the device's variate changed, and the new one."""
        before, c = _own(received), received.beside[VARIATE]
        moved = (received.parameters - trained.parameters)[received.shared]
        after = before - c + moved / (trained.steps * trained.learning_rate)
        return SentBeside({VARIATE: after - before}, {VARIATE: after})

    def aggregate(self, server: Tensor, updates: RoundUpdates, state: RuleState) -> tuple[Tensor, RuleState]:
        """Return the model moved by the average update, and the server's variate, float64."""
        change = updates.shares @ updates.changes(server)
        variates = torch.stack([update.beside[VARIATE] for update in updates]).double()
        before = state.tensors.get(VARIATE, torch.zeros_like(change))
        after = before + len(updates) / updates.devices * variates.mean(dim=0)
        return (server.double() + self.eta * change).float(), RuleState({VARIATE: after})


def _own(received: Received) -> Tensor:
    return received.kept.get(VARIATE, torch.zeros_like(received.beside[VARIATE]))
