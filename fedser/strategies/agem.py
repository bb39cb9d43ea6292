"""A-GEM (Chaudhry et al. 2019, ICLR, arXiv 1812.00420): one constraint, a batch drawn from all memories."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor

from fedser.model.projection import given_way
from fedser.strategies.rehearsal import Rehearsal
from fedser.strategies.strategy import Direction, Past, Strategy
from fedser.strategies.visit import Step


class AGem(Strategy):
    """Section [agem]: how many utterances of the memories make the constraint of a step.

    Where the batch's gradient g would raise the loss on them, whose gradient is m, it gives way:
    g − (⟨g, m⟩ / ⟨m, m⟩) m.
    """

    name: ClassVar[str] = "agem"
    title: ClassVar[str] = "A-GEM"
    does: ClassVar[str] = "corrects a step that would raise the loss on a batch drawn from all memories."
    alters: ClassVar[str] = "projected"
    past: ClassVar[Past] = "memory"

    sample: int = Field(64, ge=2, le=1_000_000)
    """Utterances of the memories in the constraint of a step."""
    memory_mode: Literal["train", "eval"] = "train"
    """Whether the memories' gradient is taken with dropout (train) or without (eval)."""

    @property
    def constraints_dropout(self) -> bool:
        """Whether dropout applies to the memories."""
        return self.memory_mode == "train"

    def rehearsals(self, step: Step) -> Sequence[Rehearsal]:
        """Return a batch of the memories, apart from the step's own."""
        drawn = step.draw(self.sample)
        return [] if drawn is None else [Rehearsal(drawn, apart=True)]

    def direction(self, gradients: Tensor, step: Step) -> Direction:
        """Return the batch's gradient, projected if it disagrees with the memories'."""
        if len(gradients) == 1:
            return Direction(gradients[0])
        corrected = given_way(gradients[0], gradients[1])
        return Direction(gradients[0]) if corrected is None else Direction(corrected, altered=True)
