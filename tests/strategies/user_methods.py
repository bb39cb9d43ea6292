"""Methods as a user would write them, in a module that a configuration names: EWC, DER++, LwF, and a watcher."""

from typing import ClassVar

import torch
from pydantic import Field

import fedser
from fedser.model.penalty import quadratic
from fedser.strategies import BatchLoss, Rehearsal, squared_error


@fedser.register
class Ewc(fedser.Strategy):
    """Online EWC (Schwarz et al. 2018, arXiv 1805.06370): stay near θ* where the loss was steep."""

    name: ClassVar[str] = "user-ewc"
    title: ClassVar[str] = "EWC"
    does: ClassVar[str] = "holds parameters back that mattered to earlier environments."

    strength: float = Field(100.0, ge=0)
    decay: float = Field(0.9, ge=0, le=1)

    def penalties(self, state):
        return [quadratic(state["centre"], self.strength * state["fisher"])] if "centre" in state else []

    def learnt(self, state, visit):
        squares = [visit.frozen.gradient(visit.parameters, batch) ** 2 for batch in visit.batches()]
        if not squares:
            return state
        seen, batches = state.get("squares", 0.0), state.get("batches", torch.tensor(0))
        new = {"squares": seen + sum(squares), "batches": batches + len(squares), "last": visit.parameters}
        return {**state, **new}

    def leave(self, state):
        if "last" not in state:
            return state
        fisher = self.decay * state.get("fisher", 0.0) + state["squares"] / state["batches"]
        return {"fisher": fisher, "centre": state["last"]}


@fedser.register
class Der(fedser.Strategy):
    """DER++ (Buzzega et al. 2020, arXiv 2004.07211) with a regressor's outputs."""

    name: ClassVar[str] = "user-derpp"
    title: ClassVar[str] = "DER++"
    does: ClassVar[str] = "replays memories with the outputs it gave when it stored them."
    past: ClassVar[str] = "memory"
    keeps_outputs: ClassVar[bool] = True

    alpha: float = Field(0.5, ge=0)
    beta: float = Field(0.5, ge=0)
    sample: int = Field(32, ge=2)

    def rehearsals(self, step):
        first, second = step.draw(self.sample), step.draw(self.sample)
        if first is None or second is None:
            return []
        return [Rehearsal(first, squared_error(first.outputs), self.alpha), Rehearsal(second, weight=self.beta)]


@fedser.register
class Lwf(fedser.Strategy):
    """LwF (Li and Hoiem 2016, arXiv 1606.09282): say of new utterances what the last environment's model says."""

    name: ClassVar[str] = "user-lwf"
    title: ClassVar[str] = "LwF"
    does: ClassVar[str] = "keeps the outputs of the model as it left the last environment."

    strength: float = Field(1.0, ge=0)

    def batch_losses(self, step):
        if "teacher" not in step.state:
            return []
        return [BatchLoss(squared_error(step.frozen.outputs(step.state["teacher"], step.batch)), self.strength)]

    def learnt(self, state, visit):
        return {**state, "last": visit.parameters}

    def leave(self, state):
        return {"teacher": state["last"]} if "last" in state else state


@fedser.register
class Watcher(fedser.Strategy):
    """The path of the parameters, as synaptic intelligence needs it (Zenke et al. 2017, arXiv 1703.04200)."""

    name: ClassVar[str] = "user-watcher"
    title: ClassVar[str] = "Watcher"
    does: ClassVar[str] = "looks on."
    watches_steps: ClassVar[bool] = True

    def arrive(self, state, visit):
        return {"path": torch.zeros_like(visit.parameters), "start": visit.parameters, "steps": torch.tensor(0)}

    def stepped(self, state, taken):
        path = state["path"] - taken.gradient * (taken.after - taken.before)
        return {**state, "path": path, "steps": state["steps"] + 1}
