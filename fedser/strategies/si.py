"""Synaptic intelligence (Zenke, Poole, Ganguli 2017, ICML, arXiv 1703.04200)."""

from collections.abc import Sequence
from typing import ClassVar

import torch
from pydantic import Field

from fedser.model import Penalty
from fedser.model.penalty import quadratic
from fedser.strategies.strategy import Strategy
from fedser.strategies.visit import State, Taken, Visit


class Si(Strategy):
    """Section [si]: L + `strength` Σ Ω (θ − θ*)², θ* the model as it left the last environment.

    Along the steps in an environment ω = −Σ g·Δθ, by how much each parameter has lowered the loss; on leaving,
    Ω ← max(0, Ω + ω/(D² + `damping`)), D the sum of the own steps Δθ: what a server moves between rounds is not on
    the path. g is the gradient of the batch loss without the penalty, and Ω is held at 0 or above, both as in the
    authors' code: batches make ω noisy, and a negative weight would drive parameters away. It needs no likelihood,
    so 1 − CCC is used as it is; c = 0.1 and ξ = 0.1 are the paper's for permuted MNIST, to be tuned. The quadratic
    is descended to its proximal point, which is stable at any strength.
    """

    name: ClassVar[str] = "si"
    title: ClassVar[str] = "SI"
    does: ClassVar[str] = "holds parameters near those of the last environment, most where they lowered its loss."
    watches_steps: ClassVar[bool] = True

    strength: float = Field(0.1, ge=0, le=1e12)
    """c, the weight of the penalty."""
    damping: float = Field(0.1, gt=0, allow_inf_nan=False)
    """ξ, what keeps Ω finite where a parameter hardly moved."""

    def penalties(self, state: State) -> Sequence[Penalty]:
        """Return the quadratic around θ*, once there is one."""
        if not self.strength or "centre" not in state:
            return []
        return [quadratic(state["centre"], 2 * self.strength * state["importance"])]

    def arrive(self, state: State, visit: Visit) -> State:
        """Return the state with an empty path."""
        zeros = torch.zeros_like(visit.parameters)
        return {**state, "path": zeros, "moved": zeros}

    def stepped(self, state: State, taken: Taken) -> State:
        """Return the state with a step more on the path."""
        step = taken.after - taken.before
        return {**state, "path": state["path"] - taken.of_batch * step, "moved": state["moved"] + step}

    def learnt(self, state: State, visit: Visit) -> State:
        """Return the state with the model as it is now."""
        return {**state, "last": visit.parameters}

    def leave(self, state: State) -> State:
        """Return Ω and θ*, and nothing of the path."""
        if "last" not in state:
            return state
        gained = state["path"] / (state["moved"] ** 2 + self.damping)
        importance = (state.get("importance", 0.0) + gained).clamp(min=0)
        return {"importance": importance, "centre": state["last"]}
