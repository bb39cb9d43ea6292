"""Learning in a place where nobody rates anything, and how memories of rated places are held meanwhile."""

from collections.abc import Sequence
from typing import ClassVar

from fedser.model import Examples
from fedser.strategies.rehearsal import Rehearsal
from fedser.strategies.strategy import Past, Strategy
from fedser.strategies.visit import Step, Visit


class WithoutRatings(Strategy):
    """A method with a loss of its own on utterances without ratings; where there are ratings, it is finetuning.

    With the name of ExpeR or GEM behind its own it holds labelled memories: `HeldByExpeR`, or GEM's constraints.
    """

    without_ratings: ClassVar[bool] = True


def rated(visit: Visit) -> Examples | None:
    """Return what of a visit was rated, with the memories; None of fewer than two utterances of its own."""
    rows = visit.own.labelled.numpy().nonzero()[0]
    return Examples.join([visit.own.take(rows), *visit.memories]) if len(rows) > 1 else None


class HeldByExpeR(Strategy):
    """ExpeR; and beside a batch that has no ratings as many utterances drawn from the memories, with their loss.

    Added to a training set without ratings, as ExpeR adds them, memories would be two or three in a batch, whose
    CCC says nothing.
    """

    past: ClassVar[Past] = "memory"

    def replayed(self, memories: Sequence[Examples]) -> Sequence[Examples]:
        """Return all memories."""
        return memories

    def training_set(self, own: Examples, memories: Sequence[Examples]) -> Examples:
        """Return the own utterances, and where any of them is rated, the memories."""
        return super().training_set(own, memories) if bool(own.labelled.any()) else own

    def rehearsals(self, step: Step) -> Sequence[Rehearsal]:
        """Return a batch of the memories beside one that has no ratings."""
        drawn = None if bool(step.batch.labelled.any()) else step.draw(len(step.batch))
        return [] if drawn is None else [Rehearsal(drawn)]


class Replay(HeldByExpeR):
    """The memories alone, where nothing is rated: the control of all that ExpeR holds there."""

    without_ratings: ClassVar[bool] = True
    name: ClassVar[str] = "replay"
    title: ClassVar[str] = "Replay alone"
    does: ClassVar[str] = "learns from its memories where nothing is rated, and not from what it hears."
