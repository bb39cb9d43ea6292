"""A new place's feature statistics for those the model came with (AdaBN: Li et al. 2017, arXiv 1603.04779)."""

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from fedser.model.segments import normalised
from fedser.strategies.visit import State, Visit
from fedser.strategies.without_ratings import HeldByExpeR, WithoutRatings

LEAST_SPREAD = 1e-4
"""A feature that varies less, here or where the model comes from, keeps its scale."""


class Restandardise(WithoutRatings):
    """Section [restandardise]: every acoustic feature gets the mean and deviation it had where the model learnt.

    The features are those after the first LayerNorm, x̂, whose gain and shift take the change in: gain ← gain ·
    s/s', shift ← shift + gain · (m − m' · s/s'), with the deviations s and means m of x̂ over the last rated
    environment's utterances, and s', m' over those heard in the new one. So it is a change of the model's
    parameters, made once on one device, and on a device in every round, over all that it has heard since it came;
    nothing is trained. Fewer than `least` utterances change nothing. Words are left alone. A device never given a
    rating measures by the first place it heard. There is no such method under GEM: without a gradient there is
    nothing to correct.
    """

    name: ClassVar[str] = "restandardise"
    title: ClassVar[str] = "Re-standardise"
    does: ClassVar[str] = "gives the features of an unrated place the mean and deviation of the last rated one."

    least: int = Field(16, ge=2, le=1_000_000)
    """Fewer utterances change nothing."""

    def arrive(self, state: State, visit: Visit) -> State:
        """Return the state with nothing heard here yet."""
        return {name: tensor for name, tensor in state.items() if name in ("mean", "std")}

    def begin(self, state: State, visit: Visit) -> tuple[Tensor, State]:
        """Return the parameters for what has been heard here; a rated place is what others are measured by."""
        x = normalised(visit.own.acoustic.double())
        nothing = torch.zeros(x.shape[1], dtype=torch.float64)
        count = state.get("count", torch.tensor(0)) + len(x)
        total, squares = (
            state.get("sum", nothing) + x.sum(dim=0),
            state.get("squares", nothing) + (x**2).sum(dim=0),
        )
        after = {**state, "count": count, "sum": total, "squares": squares}
        if count < self.least:
            return visit.parameters, after
        mean = total / count
        std = (squares / count - mean**2).clamp(min=0).sqrt()
        now = {**after, "mean": mean, "std": std}
        if bool(visit.own.labelled.all()) or "mean" not in state:
            return visit.parameters, now
        vector = visit.parameters.clone()
        parts = visit.frozen.parts(vector)
        gain, shift = parts["trunk.0.gain"], parts["trunk.0.shift"]
        new_gain, new_shift = absorbed(gain, shift, (state["mean"], state["std"]), (mean, std))
        gain.copy_(new_gain)
        shift.copy_(new_shift)
        return vector, now


def absorbed(
    gain: Tensor, shift: Tensor, was: tuple[Tensor, Tensor], now: tuple[Tensor, Tensor]
) -> tuple[Tensor, Tensor]:
    """Return the gain and shift that do to features of mean and deviation `now` what these did to those of `was`.

    >>> one, nought = torch.ones(1), torch.zeros(1)
    >>> [v.item() for v in absorbed(one, nought, (nought, one), (torch.tensor([3.0]), torch.tensor([2.0])))]
    [0.5, -1.5]
    """
    (mean, std), (new_mean, new_std) = was, now
    keeps = (std < LEAST_SPREAD) | (new_std < LEAST_SPREAD)
    ratio = torch.where(keeps, torch.ones_like(std), std / new_std.clamp(min=LEAST_SPREAD))
    return (gain * ratio).to(gain.dtype), (shift + gain * (mean - new_mean * ratio)).to(shift.dtype)


class RestandardiseExpeR(HeldByExpeR, Restandardise):
    """Section [restandardise-exper]: re-standardise, and learn on from the memories."""

    name: ClassVar[str] = "restandardise-exper"
    title: ClassVar[str] = "Re-standardise + ExpeR"
