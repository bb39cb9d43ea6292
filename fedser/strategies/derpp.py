"""DER++ (Buzzega et al. 2020, NeurIPS, arXiv 2004.07211) with a regressor's outputs."""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from fedser.strategies.rehearsal import Rehearsal, squared_error
from fedser.strategies.strategy import Past, Strategy
from fedser.strategies.visit import Step


class DerPlusPlus(Strategy):
    """Section [derpp]: L(B) + alpha · MSE(f(M₁), z₁) + beta · L(M₂), of two batches drawn from the memories.

    z are the outputs, before tanh, that the model gave when an utterance was stored: they take the place of the
    paper's logits. `sample` utterances each, by default as many as the batch has; a term of weight 0 draws none.
    """

    name: ClassVar[str] = "derpp"
    title: ClassVar[str] = "DER++"
    does: ClassVar[str] = "replays memories with their labels, and with the outputs given when they were stored."
    past: ClassVar[Past] = "memory"
    keeps_outputs: ClassVar[bool] = True

    alpha: float = Field(0.5, ge=0, allow_inf_nan=False)
    """Weight of the kept outputs."""
    beta: float = Field(0.5, ge=0, allow_inf_nan=False)
    """Weight of the kept labels."""
    sample: int | None = Field(None, ge=2, le=1_000_000)
    """Utterances of each replayed batch; by default as many as the batch has."""

    def rehearsals(self, step: Step) -> Sequence[Rehearsal]:
        """Return the batch that is held to its outputs, and the one that is learnt again."""
        found, size = [], self.sample or len(step.batch)
        if self.alpha and (drawn := step.draw(size)) is not None and drawn.outputs is not None:
            found.append(Rehearsal(drawn, squared_error(drawn.outputs), self.alpha))
        if self.beta and (drawn := step.draw(size)) is not None:
            found.append(Rehearsal(drawn, weight=self.beta))
        return found
