"""What a continual-learning method decides; the trainer does the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeVar

from torch import Tensor

from fedser.config import Section

Past = Literal["nothing", "memory", "everything"]
Item = TypeVar("Item")


@dataclass(frozen=True)
class Direction:
    """The gradient to descend, (p,), and whether the method changed that of the batch."""

    gradient: Tensor
    altered: bool = False


class Strategy(Section):
    """A method, and at once its section of the configuration: [finetuning], [exper], [gem], …

    The defaults are finetuning's: nothing of the past is used. A subclass overrides what it changes.
    """

    extends: ClassVar[str] = "strategies"

    name: ClassVar[str]
    """How configurations and `scores.csv` write it."""
    title: ClassVar[str]
    """How tables and figures write it."""
    does: ClassVar[str]
    """What it does, for the reader of a report: a sentence that goes on after the title."""
    past: ClassVar[Past] = "nothing"
    """What of earlier environments it sees: nothing, their memories, or all their training data."""
    restarts: ClassVar[bool] = False
    """Whether a stage starts from the initial weights, rather than from the last stage's."""

    @property
    def constraints_dropout(self) -> bool:
        """Whether dropout applies when the constraints' gradients are taken."""
        return True

    def replayed(self, memories: Sequence[Item]) -> Sequence[Item]:
        """Return the memories whose utterances join the training set."""
        return ()

    def constraints(self, memories: Sequence[Item]) -> Sequence[Item]:
        """Return the memories whose gradient is taken at every step, apart from the batch's."""
        return ()

    def direction(self, gradients: Tensor) -> Direction:
        """Return the step's direction from gradients (1 + constraints, p), the batch's first.

        Raises NonFiniteGradientError for NaN or infinity.
        """
        return Direction(gradients[0])
