"""The attack `mood`: how a device's owner felt, from its update.

The gradient of the loss by the bias of an output is the sum of its errors: a device whose utterances are labelled
higher than the model predicts raises that bias, one whose are lower lowers it. How much more a device raises it
than the others of its round tells how much more active, or positive, its owner was. Nothing is learnt for this.
"""

from collections.abc import Hashable, Iterator, Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from fedser.arrays import Doubles
from fedser.errors import UserError
from fedser.privacy.attacks.attack import Attack
from fedser.privacy.attacks.finding import Finding
from fedser.privacy.attacks.interval import Interval, Null
from fedser.privacy.attacks.observed import View
from fedser.protocol import Arm
from fedser.seeding import generator
from fedser.vocabulary import TARGETS

_STATEMENT = (
    "The adversary sees the models sent to the devices of a round and those returned (the outputs' biases); it "
    "has no speech and no label."
)


class MoodAttack(Attack):
    """[mood]."""

    name: ClassVar[str] = "mood"
    title: ClassVar[str] = "How a device's owner felt, from its update"
    caption: ClassVar[str] = (
        "Correlation, over updates, of how far an output's bias rises with the mean label behind the update, "
        "both relative to the other devices of the round; chance is 0. Control: labels shuffled in rounds."
    )
    headline: ClassVar[str] = "correlation"
    columns: ClassVar[tuple[str, ...]] = ("arm", "variant")

    shuffles: int = Field(200, ge=2, le=100_000)
    """Controls: labels shuffled in rounds."""
    draws: int = Field(2000, ge=100, le=100_000)
    """Of the bootstrap."""

    def refusal(self, arm: Arm, others: Sequence[Arm]) -> str:
        """Say whose heads stay on the devices."""
        return "" if arm.shares_heads else "its heads stay on the devices, and with them the biases of the outputs"

    def run(self, view: View) -> Iterator[Finding]:
        """Yield a finding for activation and one for valence; raises UserError where no round has two updates."""
        updates, layout = view.target.updates(), view.target.layout
        rounds = _groups([(update.device.partition("/")[0], update.round) for update in updates])
        if all(len(rows) < 2 for rows in rounds):
            raise UserError(f"mood ({view.target.arm}): no round has two updates that could be compared")
        speakers = _groups([update.speaker for update in updates])
        labels = np.array([view.target.learnt_from(update).labels.double().mean(0).numpy() for update in updates])
        for k, target in enumerate(TARGETS):
            name, stream = f"{target}.1.bias", generator(view.seed, "mood", target)
            raised = np.array([(layout.part(u.after, name) - layout.part(u.before, name)).item() for u in updates])
            guess, truth = _relative(raised, rounds), _relative(labels[:, k], rounds)
            found = correlation(guess, truth)
            control = Null.of([correlation(guess, _shuffled(truth, rounds, stream)) for _ in range(self.shuffles)])
            draws = [correlation(guess[rows], truth[rows]) for rows in _redrawn(speakers, stream, self.draws)]
            yield Finding(
                variant=target,
                metric="correlation",
                estimate=Interval.of_draws(found, draws),
                control=control.band,
                n=len(updates),
                statement=_STATEMENT,
                p_value=control.p_value(found),
                layer=f"{target}.1",
            )


def correlation(x: Doubles, y: Doubles) -> float:
    """Return Pearson's correlation of two series (n,); 0 where one is constant.

    >>> round(correlation(np.array([1.0, 2.0, 3.0]), np.array([0.0, 2.0, 1.0])), 9)
    0.5
    >>> correlation(np.ones(2), np.arange(2.0))
    0.0
    """
    x, y = x - x.mean(), y - y.mean()
    scale = np.linalg.norm(x) * np.linalg.norm(y)
    return float(x @ y / scale) if scale > 0 else 0.0


def _groups(keys: Sequence[Hashable]) -> list[NDArray[np.int64]]:
    """Return the positions of each key, in the order of their first."""
    found: dict[Hashable, list[int]] = {}
    for position, key in enumerate(keys):
        found.setdefault(key, []).append(position)
    return [np.array(positions) for positions in found.values()]


def _relative(values: Doubles, rounds: Sequence[NDArray[np.int64]]) -> Doubles:
    """Return values less the mean of their round."""
    relative = values.copy()
    for rows in rounds:
        relative[rows] -= values[rows].mean()
    return relative


def _shuffled(values: Doubles, rounds: Sequence[NDArray[np.int64]], stream: np.random.Generator) -> Doubles:
    shuffled = values.copy()
    for rows in rounds:
        shuffled[rows] = stream.permutation(values[rows])
    return shuffled


def _redrawn(
    speakers: Sequence[NDArray[np.int64]], stream: np.random.Generator, draws: int
) -> Iterator[NDArray[np.int64]]:
    """Yield the positions of as many speakers, drawn with replacement."""
    for _ in range(draws):
        yield np.concatenate([speakers[k] for k in stream.integers(len(speakers), size=len(speakers))])
