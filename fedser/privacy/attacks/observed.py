"""What an attack is given: two federations as an observer sees them, and the truth that it is scored against."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from fedser.model import Examples, FlatParameters, Regressor
from fedser.privacy.attacks.row_space import SentRound
from fedser.privacy.attacks.update import ParameterLayout, Update

Again = Callable[[int, NDArray[np.int64], int], NDArray[np.floating]]
"""(k, positions kept (m,), trial) → the model (p,) that the adversary would have seen for the k-th of `sent`.

Had the device kept these candidates of the place, instead of what it keeps; each trial has chances of its own.
"""


@dataclass(frozen=True, eq=False)
class LeftPlace:
    """What a device heard in a place it has left, which of it it keeps, and the models sent and returned last."""

    speaker: str
    """Its owner; pasts of one speaker are not independent."""
    examples: Examples
    """All that it could train on there, each utterance once."""
    heard_in: NDArray[np.int64]
    """(n,) the round in which it last heard each."""
    kept: NDArray[np.int64]
    """(m,) positions of those in its memory: the truth, which no adversary knows."""
    kept_by: str
    """The arm whose memory that is: another one, of the same mode and rule, where this one keeps none."""
    sent: Sequence[SentRound]
    """What it received and returned in every round since it left, as the adversary sees it; the last is its last.

    What is not shared is as it was drawn."""
    untrained: Tensor
    """(p,) a model that has learnt nothing, for a control."""
    again: Again | None = None
    """Lives a round of `sent` again; None where more than the model was sent for it."""


class Observed(Protocol):
    """One arm of a federation.

    The adversary sees `layout` and `updates`, each with the parameters sent and returned; of a federation under
    attack it sees nothing else. The rest is the experimenter's: speakers and attributes in the updates,
    `learnt_from`, `pasts` and `most_spoken` are what a guess is scored against, or, of the shadow federation, what
    the adversary learns from. An attack that uses more of the target says so in the statement of its findings.
    """

    @property
    def arm(self) -> str:
        """How configurations write it."""

    @property
    def layout(self) -> ParameterLayout:
        """Where each layer that is shared lies in an update."""

    @property
    def learning_rate(self) -> float:
        """That of the devices."""

    def updates(self) -> Sequence[Update]:
        """Return what the server received, of all rounds and seeds; a device of two seeds is two devices."""

    def learnt_from(self, update: Update) -> Examples:
        """Return the utterances, with their labels as reported, that a device learnt from for an update."""

    def pasts(self) -> Iterator[LeftPlace]:
        """Yield the past of every device in every place that it had left before it last took part."""

    def most_spoken(self) -> Examples:
        """Return all that the speaker with the most utterances said in the first environment."""

    def working_model(self) -> tuple[Regressor, FlatParameters]:
        """Return a model of one's own, at the parameters that the server sent last (arms that share all of it)."""


@dataclass(frozen=True)
class View:
    """The federation under attack, and the adversary's own, in which it knows everything."""

    target: Observed
    shadow: Observed
    seed: int = 0
    """Of the attack's own random choices, see `fedser.seeding.generator`."""
