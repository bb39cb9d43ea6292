"""A method with state and options, a rule, and a metric."""

from typing import ClassVar

import torch
from pydantic import Field

import fedser
from fedser.model.penalty import quadratic


class Anchored(fedser.Strategy):
    """Stay near the model as it left the last environment: L2 towards it."""

    name: ClassVar[str] = "anchored"
    title: ClassVar[str] = "Anchored"
    does: ClassVar[str] = "stays near the model as it left the last environment."

    strength: float = Field(0.5, ge=0)

    def penalties(self, state):
        return [quadratic(state["anchor"], self.strength)] if "anchor" in state else []

    def learnt(self, state, visit):
        return {**state, "last": visit.parameters}

    def leave(self, state):
        return {"anchor": state["last"]} if "last" in state else state


class Middle(fedser.Rule):
    """The mean of all models without the `trimmed` largest and smallest values of every parameter."""

    name: ClassVar[str] = "middle"
    title: ClassVar[str] = "Middle"
    does: ClassVar[str] = "leaves out the most extreme values of every parameter."

    trimmed: int = Field(1, ge=0)

    def aggregate(self, server, updates, state):
        ordered, _ = torch.sort(updates.models.double(), dim=0)
        cut = min(self.trimmed, (len(updates) - 1) // 2)
        rounds = state.record.get("rounds", 0) + 1
        return ordered[cut : len(updates) - cut].mean(0).float(), type(state)(record={"rounds": rounds})


class MeanAbsoluteError(fedser.Metric):
    """How far predictions are off; lower is better."""

    name: ClassVar[str] = "mae"
    title: ClassVar[str] = "MAE"
    size: ClassVar[int] = 2
    higher_is_better: ClassVar[bool] = False

    @classmethod
    def statistics(cls, prediction, label):
        return [float(len(label)), float(abs(prediction - label).sum())]

    @classmethod
    def value(cls, statistics):
        return statistics[1] / statistics[0]
