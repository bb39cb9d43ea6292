"""EWC, online (Kirkpatrick et al. 2017, PNAS, arXiv 1612.00796; Schwarz et al. 2018, ICML, arXiv 1805.06370)."""

from collections.abc import Sequence
from typing import ClassVar

import torch
from pydantic import Field

from fedser.model import Penalty
from fedser.model.penalty import quadratic
from fedser.strategies.strategy import Strategy
from fedser.strategies.visit import State, Visit


class Ewc(Strategy):
    """Section [ewc]: L + `strength`/2 Σ F (θ − θ*)², θ* the model as it left the last environment.

    F ← `decay` · F + the mean over batches of the squared gradient at θ*. In the papers F is the Fisher
    information, the mean over samples of a log-likelihood's squared gradients; 1 − CCC is no log-likelihood and is
    undefined for one sample, so batches take their place and F is a measure of steepness, no more. No published
    strength carries over for the same reason: 100 is ours, to be tuned. `decay` 1 sums over environments.
    The quadratic is descended to its proximal point, so that no strength makes it diverge.
    """

    name: ClassVar[str] = "ewc"
    title: ClassVar[str] = "EWC"
    does: ClassVar[str] = "holds parameters near those of the last environment, most where its loss was steep."

    strength: float = Field(100.0, ge=0, le=1e12)
    """λ of the penalty."""
    decay: float = Field(1.0, ge=0, le=1)
    """What is left of F when another environment is left."""

    def penalties(self, state: State) -> Sequence[Penalty]:
        """Return the quadratic around θ*, once there is one."""
        if not self.strength or "centre" not in state:
            return []
        return [quadratic(state["centre"], self.strength * state["fisher"])]

    def learnt(self, state: State, visit: Visit) -> State:
        """Return the state with the squared gradients of the batches; those of a device's rounds add up."""
        squares = [visit.frozen.gradient(visit.parameters, batch) ** 2 for batch in visit.batches()]
        if not squares:
            return state
        seen, batches = state.get("squares", 0.0), state.get("batches", torch.tensor(0))
        total = torch.stack(squares).sum(dim=0) + seen
        return {**state, "squares": total, "batches": batches + len(squares), "last": visit.parameters}

    def leave(self, state: State) -> State:
        """Return F and θ*, and nothing of the environment itself."""
        if "last" not in state:
            return state
        fisher = self.decay * state.get("fisher", 0.0) + state["squares"] / state["batches"]
        return {"fisher": fisher, "centre": state["last"]}
