"""Reconstruction as an auxiliary task (Tavernor et al. 2023, future work; Sun et al. 2020, arXiv 1909.13231)."""

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from fedser.model.segments import normalised
from fedser.strategies.gem import Gem
from fedser.strategies.visit import State, Step, Visit
from fedser.strategies.without_ratings import HeldByExpeR, WithoutRatings, rated


class Reconstruction(WithoutRatings):
    """Section [reconstruction]: `strength` · mean (D(h(x)) − x)² of unrated x, h what heads are given.

    h is the representation after LayerNorm. D is linear, and the best there is on the rated environment (and
    memories) learnt last: ridge regression of the embedding on h, its penalty `ridge` · n. It stays as it is where
    nothing is rated, so that only h can bring the new place's speech to where D rebuilds it. Elsewhere such a head
    is trained jointly from the start; here all methods share the first model, and what D is follows from it. A
    device that was never given a rating has no D, and stands still.
    """

    name: ClassVar[str] = "reconstruction"
    title: ClassVar[str] = "Reconstruction"
    does: ClassVar[str] = "learns to rebuild unrated speech from its representation."

    strength: float = Field(1.0, ge=0, allow_inf_nan=False)
    """Weight of the reconstruction loss."""
    ridge: float = Field(1e-3, gt=0, allow_inf_nan=False)
    """Penalty of the reconstruction's ridge regression, per utterance."""

    def learnt(self, state: State, visit: Visit) -> State:
        """Return the state with D, where anything was rated."""
        known = rated(visit)
        if known is None:
            return state
        h = visit.frozen.representation(visit.parameters, known)
        return {**state, "decoder": decoder(h, known.acoustic, self.ridge)}

    def extra_loss(self, step: Step) -> Tensor | None:
        """Return the error of what D rebuilds from the representation, without dropout."""
        unrated = ~step.batch.labelled
        if not self.strength or "decoder" not in step.state or not bool(unrated.any()):
            return None
        x, told = step.batch.acoustic[unrated], step.state["decoder"]
        h = normalised(step.model.represent(x))  # type: ignore[operator]
        return self.strength * ((with_one(h) @ told - x) ** 2).mean()


def decoder(h: Tensor, x: Tensor, ridge: float) -> Tensor:
    """Return the W (w + 1, a) that minimises |[h 1] W − x|² + ridge · n |W|², its last row free.

    h (n, w) and x (n, a). Computed in float64, returned in x's type.
    """
    rows = with_one(h.double())
    held = torch.full((rows.shape[1],), ridge * len(rows), dtype=torch.float64)
    held[-1] = 0.0
    solved: Tensor = torch.linalg.solve(rows.t() @ rows + torch.diag(held), rows.t() @ x.double())
    # Row by row, as a file gives it back: another order in memory is another order of rounding.
    return solved.to(x.dtype).contiguous()


def with_one(h: Tensor) -> Tensor:
    """Return h (n, w) with a column of ones behind it."""
    return nn.functional.pad(h, (0, 1), value=1.0)


class ReconstructionExpeR(HeldByExpeR, Reconstruction):
    """Section [reconstruction-exper]: reconstruction beside ExpeR."""

    name: ClassVar[str] = "reconstruction-exper"
    title: ClassVar[str] = "Reconstruction + ExpeR"


class ReconstructionGem(Reconstruction, Gem):
    """Section [reconstruction-gem]: reconstruction under GEM's constraints."""

    name: ClassVar[str] = "reconstruction-gem"
    title: ClassVar[str] = "Reconstruction + GEM"
