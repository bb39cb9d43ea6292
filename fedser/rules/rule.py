"""What a rule of aggregation decides: on the server what becomes of a round's updates, on devices a penalty."""

from abc import abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from fedser.config import Section
from fedser.model import Penalty
from fedser.rules.updates import RoundUpdates, RuleState

Part = slice | torch.Tensor
"""Which of a model's parameters (p,) are meant: an index of them."""


class Rule(Section):
    """A rule, and at once its section of the configuration: [fedadam], [fedprox], …

    A rule holds nothing but its options, which are its fields: what it remembers from round to round is handed
    to it and taken back, so that a killed run goes on with the same bytes.

    A rule whose devices send or keep more than a model is not known yet. Its vectors (SCAFFOLD's control variates,
    Fed-A-GEM's gradients of memories) will be named by two class variables with empty defaults, one for each
    direction; they will travel as arrays beside the model, through the same defences or be refused by [privacy],
    and stand in `DeviceUpdate` and `RuleState`; what a device keeps will lie in its own state, beside its memory.
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
