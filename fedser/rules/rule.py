"""What a rule of aggregation decides: on the server what becomes of a round's updates, on devices a penalty."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from torch import Tensor

from fedser.config import Section
from fedser.model import Correction, Penalty
from fedser.rules.beside import Part, Received, SentBeside, Trained, Vectors
from fedser.rules.updates import RoundUpdates, RuleState


class Rule(Section):
    """A rule, and at once its section of the configuration: [fedadam], [fedprox], …

    A rule holds nothing but its options, which are its fields: what it remembers from round to round is handed
    to it and taken back, so that a killed run goes on with the same bytes.

    A rule whose devices send or keep more than a model says so: `beside_down` and `beside_up` name the arrays that
    travel beside it, `tell` makes them on the device, and what comes up stands in `DeviceUpdate.beside`. [privacy]
    refuses such a rule, for no step of it covers what goes up; what a device keeps lies in its own state.
    """

    extends: ClassVar[str] = "rules"

    name: ClassVar[str]
    """How configurations write it, after `@` in an arm."""
    title: ClassVar[str]
    """How reports write it."""
    does: ClassVar[str]
    """What it does, for the reader of a report: a sentence that goes on after the title."""
    of_average: ClassVar[bool] = False
    """Whether all it needs of the updates is their weighted average: only then it goes with noise on their sum,
    or with a secure sum. The average then comes as one update."""

    of_steps: ClassVar[bool] = False
    """Whether it counts a device's steps: with early stopping, which takes the last ones back, it is refused."""
    needs_loss: ClassVar[bool] = False
    """Whether devices take the loss of the model they received: `Received.loss`."""

    of_memory: ClassVar[bool] = False
    """Whether devices tell the gradient of their memories ahead of training. Its arms keep a memory, whatever
    their method, and [privacy] refuses it."""

    @property
    def least(self) -> int:
        """Return the fewest updates it makes a model of; a round with fewer leaves the model as it is."""
        return 1

    @abstractmethod
    def aggregate(self, server: Tensor, updates: RoundUpdates, state: RuleState) -> tuple[Tensor, RuleState]:
        """Return the server's new parameters (k,) float32, and what to remember.

        `server` (k,) is what the devices started from, in as far as it is shared; at least `least` updates.
        Nothing that is given may be written to.
        """

    def penalty(self, received: Tensor, shared: Part) -> Penalty | None:
        """Return a term that every device adds to its loss, None for none.

        `received` (p,) is the whole model that a device starts from, `shared` what of it is averaged.
        """
        return None

    def beside_up(self, size: int) -> Mapping[str, int]:
        """Return what goes up beside a model of k = `size` shared parameters: names and lengths."""
        return {}

    def beside_down(self, state: RuleState, size: int) -> Mapping[str, Tensor]:
        """Return what goes down beside it, float32 by name."""
        return {}

    def correction(self, received: Received) -> Penalty | None:
        """Return a further term of the device's loss, made of what came beside the model and what it keeps."""
        return None

    def of_memories(self, gradients: Sequence[Tensor]) -> Vectors:
        """Return what else goes down beside a round's model, made of the gradients (k,) of devices' memories.

        They are of the model that goes down; ascending by device; only for rules of memory.
        """
        return {}

    def gives_way(self, received: Received) -> Correction | None:
        """Return what becomes of every step's direction after its method's own doing; None where it stays."""
        return None

    def tell(self, received: Received, trained: Trained) -> SentBeside:
        """Return what the device sends beside its model after training, and what it keeps for the next round."""
        return SentBeside()
