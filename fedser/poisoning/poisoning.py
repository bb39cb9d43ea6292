"""What a kind of poisoning decides: what a hostile device learns from, what it sends, and what is success."""

from abc import abstractmethod
from typing import ClassVar

from torch import Tensor

from fedser.arrays import Doubles
from fedser.config import Section
from fedser.model import Examples


class Poisoning(Section):
    """A kind of poisoning, and at once its section of the configuration: [sign-flip], [backdoor], …

    The defaults are those of an honest device. A kind overrides what it changes, and leaves its inputs alone. All
    hostile devices of a run do the same, and know the model that they are sent, but no other device's update.
    """

    extends: ClassVar[str] = "poisonings"

    name: ClassVar[str]
    """What `[adversary] kind` calls it."""
    does: ClassVar[str]
    """What hostile devices do, for the reader of a report: a sentence that goes on after "Hostile devices"."""
    wants: ClassVar[str]
    """What counts as success, for the reader of a table: a sentence that goes on after "Attack success:"."""
    of_memory: ClassVar[bool] = False
    """Whether it acts through what a device rehearses, so that it needs a method with a memory."""

    def heard(self, examples: Examples) -> Examples:
        """Return what a hostile device learns from in place of its n new utterances."""
        return examples

    def kept(self, examples: Examples) -> Examples:
        """Return what it rehearses in place of the m utterances of a memory."""
        return examples

    def sent(self, learnt: Tensor, received: Tensor, share: float) -> Tensor:
        """Return what it sends (k,) in place of what it learnt from what it received, both (k,).

        `share`: how much of the federation is hostile, 0 < share < 1.
        """
        return learnt

    def probe(self, held_out: Examples) -> Examples:
        """Return the held-out utterances as the attack wants to see them predicted."""
        return held_out

    @abstractmethod
    def success(self, predicted: Doubles, before: Doubles, labels: Doubles) -> float:
        """Return how far the shared model does what is wanted, 0 to 1.

        predicted, before: (n, 2), what it says of `probe`, at the end, and before any device had learnt; labels:
        (n, 2), the true ones.
        """
