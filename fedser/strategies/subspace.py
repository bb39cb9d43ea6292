"""Significant-subspace alignment for regression (Adachi et al. 2025, ICLR, arXiv 2410.03263)."""

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from fedser.model.segments import normalised
from fedser.strategies.gem import Gem
from fedser.strategies.visit import State, Step, Visit
from fedser.strategies.without_ratings import HeldByExpeR, WithoutRatings, rated

FLOOR = 1e-2
"""Variances below are raised to it: KL grows without bound where nothing varies. All sum to the width at most."""


class Subspace(WithoutRatings):
    """Section [subspace]: `strength` · Σ_d α_d [KL(t_d ‖ s_d) + KL(s_d ‖ t_d)] over some `directions`.

    The directions v_d are those in which the normalised representation varied most on the rated environment (and
    memories) learnt last, where it had variance λ_d around its mean: s_d = N(0, λ_d). t_d = N(m_d, σ_d²) has the
    moments of a batch of unrated utterances, centred by the same mean. α_d = 1 + Σ over targets |⟨w, v_d⟩| counts
    what heads look at: the paper's w are the weights of a linear head; these heads have a hidden layer, so w is
    the mean gradient of an output by the representation. Moments of small batches are rough: a batch of two makes
    a term too.
    """

    name: ClassVar[str] = "subspace"
    title: ClassVar[str] = "Subspace alignment"
    does: ClassVar[str] = "gives unrated speech the spread of rated speech, in the directions that heads look at."

    strength: float = Field(0.01, ge=0, allow_inf_nan=False)
    """Weight of the alignment loss."""
    directions: int = Field(32, ge=1, le=8192)
    """How many of the representation's directions."""

    def learnt(self, state: State, visit: Visit) -> State:
        """Return the state with the subspace, where anything was rated."""
        known = rated(visit)
        if known is None:
            return state
        h = visit.frozen.representation(visit.parameters, known)
        return {**state, **subspace(h, visit.frozen.slopes(visit.parameters, known), self.directions)}

    def extra_loss(self, step: Step) -> Tensor | None:
        """Return the divergence of a batch from what was rated, without dropout."""
        unrated = ~step.batch.labelled
        if not self.strength or "basis" not in step.state or int(unrated.sum()) < 2:
            return None
        h = normalised(step.model.represent(step.batch.acoustic[unrated]))  # type: ignore[operator]
        along = (h - step.state["mean"]) @ step.state["basis"].t()
        apart = divergence(along.mean(dim=0), along.var(dim=0, correction=0), step.state["variances"])
        return self.strength * (step.state["weights"] * apart).sum()


def subspace(h: Tensor, slopes: Tensor, directions: int) -> dict[str, Tensor]:
    """Return mean (w,), basis (k, w), variances (k,) and weights (k,) of h (n, w), and heads' slopes (targets, w).

    k is `directions`, or fewer where h varies in fewer. Computed in float64, returned in h's type.
    """
    values = h.double()
    mean = values.mean(dim=0)
    _, spread, basis = torch.linalg.svd(values - mean, full_matrices=False)
    variances = spread**2 / len(values)
    k = max(1, min(directions, int((variances > FLOOR).sum())))
    # A singular vector's sign is arbitrary; the one chosen does not depend on the library.
    basis = basis[:k] * torch.sign(basis[:k].gather(1, basis[:k].abs().argmax(dim=1, keepdim=True)))
    weights = 1 + (slopes.double() @ basis.t()).abs().sum(dim=0)
    found = {"mean": mean, "basis": basis, "variances": variances[:k].clamp(min=FLOOR), "weights": weights}
    return {name: tensor.to(h.dtype).contiguous() for name, tensor in found.items()}


def divergence(mean: Tensor, variance: Tensor, of_source: Tensor) -> Tensor:
    """Return KL(t ‖ s) + KL(s ‖ t) of t = N(mean, variance) and s = N(0, of_source), each (k,).

    It is ½ [(of_source + mean²) / variance + (variance + mean²) / of_source] − 1.

    >>> divergence(torch.tensor([0.0, 1.0]), torch.tensor([2.0, 1.0]), torch.tensor([2.0, 1.0])).tolist()
    [0.0, 1.0]
    """
    variance = variance.clamp(min=FLOOR)
    return 0.5 * ((of_source + mean**2) / variance + (variance + mean**2) / of_source) - 1


class SubspaceExpeR(HeldByExpeR, Subspace):
    """Section [subspace-exper]: subspace alignment beside ExpeR."""

    name: ClassVar[str] = "subspace-exper"
    title: ClassVar[str] = "Subspace alignment + ExpeR"


class SubspaceGem(Subspace, Gem):
    """Section [subspace-gem]: subspace alignment under GEM's constraints."""

    name: ClassVar[str] = "subspace-gem"
    title: ClassVar[str] = "Subspace alignment + GEM"
