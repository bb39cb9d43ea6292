"""Experience replay in minibatches (Chaudhry et al. 2019, "On tiny episodic memories", arXiv 1902.10486)."""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from fedser.strategies.rehearsal import Rehearsal
from fedser.strategies.strategy import Past, Strategy
from fedser.strategies.visit import Step


class Er(Strategy):
    """Section [er]: every batch is joined by utterances drawn from the memories; `sample`, by default as many.

    The paper averages a loss over the utterances of both. 1 − CCC is no sum over utterances, so it is taken once,
    over batch and replayed utterances together. ExpeR instead adds the memories to the training set, where an
    utterance of a memory is seen as often as a new one; here memories are half of what a step sees.
    """

    name: ClassVar[str] = "er"
    title: ClassVar[str] = "ER"
    does: ClassVar[str] = "adds to every batch as many utterances drawn from the memories."
    past: ClassVar[Past] = "memory"

    sample: int | None = Field(None, ge=2, le=1_000_000)
    """Utterances that join a batch; by default as many as it has."""

    def rehearsals(self, step: Step) -> Sequence[Rehearsal]:
        """Return a batch of the memories that counts as part of the step's own."""
        drawn = step.draw(self.sample or len(step.batch))
        return [] if drawn is None else [Rehearsal(drawn, pooled=True)]
