"""The steps of a round as an ordered list; without protection it is empty.

    difference → clip → further steps →                        compress ‖ weigh → count → sum → noise
    difference → clip → further steps → weigh → count → grid → share   ‖               sum → noise

On the left of ‖ is what the device does, in order. Above, the server sees single updates; below, beneath a secure
sum, it sees none. It takes the same steps back, in reverse: those of single updates down to the clip and the
difference, those of the sum (noise, count, weights) down to the average.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedser.privacy.defences.central_noise import CentralNoise
from fedser.privacy.defences.clip import Clip
from fedser.privacy.defences.compress import Compress
from fedser.privacy.defences.count import Count
from fedser.privacy.defences.defence import Contribution, Defence, DeviceStreams, Total
from fedser.privacy.defences.difference import Difference
from fedser.privacy.defences.joint import JointStep
from fedser.privacy.defences.noise_share import NoiseShare
from fedser.privacy.defences.on_grid import OnGrid
from fedser.privacy.defences.weigh import Weigh
from fedser.privacy.round_terms import RoundTerms

_unwarned = np.errstate(over="ignore", invalid="ignore")
"""Noise may be so large that numbers overflow; that is seen in what comes of it, and said in one line."""


@dataclass(frozen=True)
class Steps:
    """The list in three parts, in order; all are empty where nothing is protected.

    `own`: what is done to one update; `joint`: what makes one sum of many; `carriage`: how an update travels.
    """

    own: tuple[Defence, ...] = ()
    joint: tuple[JointStep, ...] = ()
    carriage: tuple[Defence, ...] = ()
    noise: tuple[CentralNoise, ...] = ()
    secure: bool = False
    """Whether the server sees nothing but the sum, so that devices take the joint steps too."""

    @_unwarned
    def send(self, contribution: Contribution, streams: DeviceStreams) -> Contribution:
        """Return what a device sends."""
        for step in (*self.own, *(self.joint if self.secure else ()), *self.carriage):
            contribution = step.outgoing(contribution, streams)
        return contribution

    def receive(self, contribution: Contribution) -> Contribution:
        """Return a contribution as it was before it travelled; raises UserError for what is none."""
        for step in reversed(self.carriage):
            contribution = step.incoming(contribution)
        return contribution

    def update_of(self, contribution: Contribution) -> NDArray[Any]:
        """Return by how much a received contribution would move the model, (k,)."""
        return contribution.values if self.own else contribution.values - contribution.origin

    @_unwarned
    def model_of(self, contribution: Contribution) -> NDArray[np.float32]:
        """Return the model (k,) that a received contribution stands for."""
        for step in reversed(self.own):
            contribution = step.incoming(contribution)
        return contribution.values

    @_unwarned
    def sum(self, contributions: Sequence[Contribution], origin: NDArray[np.float32]) -> Total:
        """Return the sum of received contributions, in their order: floating-point sums depend on it."""
        added = np.zeros(origin.size + sum(step.appended for step in self.joint))
        for contribution in contributions:
            for step in reversed(self.own[1:]):  # back to the update, not to the model
                contribution = step.incoming(contribution)
            for joint in self.joint:
                contribution = joint.into_sum(contribution)
            added += contribution.values
        return Total(added, origin, len(contributions), float(sum(c.weight for c in contributions)))

    @_unwarned
    def average(self, total: Total) -> Total:
        """Return the average update, (k,), of a sum, with its noise."""
        for step in reversed((*self.joint, *self.noise, *(self.carriage if self.secure else ()))):
            total = step.summed(total)
        return total

    @_unwarned
    def model_after(self, average: Total) -> NDArray[np.float32]:
        """Return the model (k,) moved by an average update."""
        for step in reversed(self.own if self.secure else self.own[:1]):  # else `sum` has taken the others back
            average = step.summed(average)
        return average.values


def steps_of(
    terms: RoundTerms,
    further: Sequence[Defence] = (),
    *,
    guaranteed: bool = False,
    expected: float | None = None,
    noise: CentralNoise | None = None,
) -> Steps:
    """Return the steps of a round; `further` are those that [privacy] names, with their options.

    What else there is to know only the server does: `guaranteed` and `expected` as in `Weigh`, and its own noise.
    """
    clip = (Clip(bound=terms.clip),) if terms.clip > 0 else ()
    count = (Count(scale=terms.count_scale, expected=expected),) if terms.count_scale > 0 else ()
    parts: dict[str, Any] = {
        "own": (Difference(), *clip, *further),
        "joint": (Weigh(append=terms.append_weight, guaranteed=guaranteed, expected=expected), *count),
        "noise": () if noise is None else (noise,),
    }
    if terms.grid is None:
        compress = Compress(kind=terms.compression, keep=terms.keep, stochastic=terms.stochastic_rounding)
        return Steps(**parts, carriage=(compress,))
    step, largest = terms.grid_step, terms.grid_largest
    share = (NoiseShare(std=terms.noise_std, step=step, largest=largest),) if terms.noise_std > 0 else ()
    return Steps(**parts, carriage=(OnGrid(step=step, largest=largest), *share), secure=True)
