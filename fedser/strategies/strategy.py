"""What a continual-learning method decides; the trainer does the rest.

The same protocol serves one device that meets environments in order, and a device's life in a federation. A
method may use the past in any of these ways, alone or together:

- utterances of its memories join the training set (`replayed`), or a minibatch of them every batch (`rehearsals`),
  or they are all that there is to learn from (`of_memory_alone`);
- losses of its own on the outputs for the batch (`batch_losses`), on the parameters (`penalties`), or anything
  that torch can differentiate (`extra_loss`);
- parameters it begins with, made of what was heard (`begin`);
- gradients of whole memories (`constraints`) or of minibatches (`Rehearsal.apart`) that correct the batch's
  (`direction`);
- tensors of its own (`State`), made and changed when it comes to an environment, has learnt from it, or leaves it,
  or after every step. They are checkpointed, survive kills, lie in the device's store, and count as its memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from torch import Tensor

from fedser.config import Section
from fedser.model import Examples, Penalty
from fedser.strategies.rehearsal import BatchLoss, Rehearsal
from fedser.strategies.visit import State, Step, Taken, Visit

Past = Literal["nothing", "memory", "everything"]


@dataclass(frozen=True)
class Direction:
    """The gradient to descend, (p,), and whether the method changed that of the batch."""

    gradient: Tensor
    altered: bool = False


class Strategy(Section):
    """A method, and at once its section of the configuration: [finetuning], [exper], [gem], …

    The defaults are finetuning's: nothing of the past is used. A subclass overrides what it changes. It holds
    options alone: what changes while it learns is its `State`, which the methods take and return.
    """

    extends: ClassVar[str] = "strategies"

    name: ClassVar[str]
    """How configurations and `scores.csv` write it."""
    title: ClassVar[str]
    """How tables and figures write it."""
    does: ClassVar[str]
    """What it does, for the reader of a report: a sentence that goes on after the title."""
    alters: ClassVar[str] = ""
    """What it does to a gradient that `direction` changes, as in "projected"; "" where it changes none."""
    past: ClassVar[Past] = "nothing"
    """What of earlier environments it sees: nothing, their memories, or all their training data."""
    restarts: ClassVar[bool] = False
    """Whether a stage starts from the initial weights, rather than from the last stage's."""
    of_memory_alone: ClassVar[bool] = False
    """Whether of the present environment, too, it learns only from what it keeps: its memory is chosen first."""
    keeps_outputs: ClassVar[bool] = False
    """Whether memories carry the model's outputs of when an utterance was stored (`Examples.outputs`)."""
    watches_steps: ClassVar[bool] = False
    """Whether `stepped` is called. The first environment's model, which all arms share, is then trained once more
    with the method looking on; while it has no past to use, it must come to the same weights."""

    without_ratings: ClassVar[bool] = False
    """Whether it learns from utterances that nobody rated: on a device it is then given them. With ratings it does
    what it would without this."""

    @classmethod
    def follows_one_model(cls) -> bool:
        """Return whether it keeps what belongs to the model it trains, and so cannot train two at once."""
        hooks = ("arrive", "begin", "learnt", "leave", "stepped")
        carries = any(getattr(cls, hook) is not getattr(Strategy, hook) for hook in hooks)
        return carries or cls.keeps_outputs or cls.restarts

    @property
    def constraints_dropout(self) -> bool:
        """Whether dropout applies when the constraints' gradients are taken."""
        return True

    def replayed(self, memories: Sequence[Examples]) -> Sequence[Examples]:
        """Return the memories whose utterances join the training set."""
        return ()

    def training_set(self, own: Examples, memories: Sequence[Examples]) -> Examples:
        """Return what epochs pass over: the environment's own utterances first, then what is replayed."""
        return Examples.join([own, *self.replayed(memories)])

    def constraints(self, memories: Sequence[Examples]) -> Sequence[Examples]:
        """Return the memories whose gradient is taken at every step, apart from the batch's."""
        return ()

    def rehearsals(self, step: Step) -> Sequence[Rehearsal]:
        """Return minibatches that go through the model together with the step's batch."""
        return ()

    def batch_losses(self, step: Step) -> Sequence[BatchLoss]:
        """Return further losses on the model's outputs for the step's batch."""
        return ()

    def penalties(self, state: State) -> Sequence[Penalty]:
        """Return loss terms on the parameters, for all steps until the state changes at an arrival.

        Quadratics (`fedser.model.penalty.quadratic`) are descended to the proximal point, stable at any strength.
        """
        return ()

    def extra_loss(self, step: Step) -> Tensor | None:
        """Return a scalar that torch can differentiate by `step.model`'s parameters; it joins the batch's loss.

        For what the other hooks cannot say; it costs passes of its own.
        """
        return None

    def direction(self, gradients: Tensor, step: Step) -> Direction:
        """Return the step's direction from gradients (1 + constraints, p).

        The first is the batch's, with all losses and penalties in it; then come those of `constraints`, then of
        the rehearsals apart. Raises NonFiniteGradientError for NaN or infinity.
        """
        return Direction(gradients[0])

    def stepped(self, state: State, taken: Taken) -> State:
        """Return the state after a step; only for methods that watch steps."""
        return state

    def arrive(self, state: State, visit: Visit) -> State:
        """Return the state with which an environment is learnt, before its first step."""
        return state

    def begin(self, state: State, visit: Visit) -> tuple[Tensor, State]:
        """Return the parameters (p,) and the state from which training on a visit's utterances starts.

        Called after `arrive`, and on a device in every round. On the first environment nothing may change.
        """
        return visit.parameters, state

    def learnt(self, state: State, visit: Visit) -> State:
        """Return the state after training on an environment; on a device after each round there."""
        return state

    def leave(self, state: State) -> State:
        """Return the state with which the next environment is met: this one will be learnt from no more.

        A device leaves a place when it first learns in another; one that does not know where it is never leaves.
        """
        return state
