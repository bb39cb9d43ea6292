"""What protects an update, step by step: the device's side and the server's side of a step stand in one class."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fedser.config import Section
from fedser.privacy.compression import Encoded
from fedser.privacy.noise import Draw, from_operating_system, seeded
from fedser.seeding import generator


@dataclass(frozen=True, eq=False)
class Contribution:
    """What one device gives to a round, on its way: at first the shared parameters as it has trained them."""

    values: NDArray[Any]
    """(k,) float32, or what steps have made of it; on the grid of a secure sum int64."""
    origin: NDArray[np.float32]
    """(k,) the shared parameters that the round began with, known to both sides; not to be written to."""
    weight: float = 1.0
    inside: bool = True
    """Whether the update was within the clip."""
    encoded: Encoded | None = None
    """What is sent, where `values` do not travel as they are."""


@dataclass(frozen=True, eq=False)
class Total:
    """The sum of contributions, on its way to an average."""

    values: NDArray[Any]
    """(d,) float64; from a secure sum residues modulo 2³²."""
    origin: NDArray[np.float32]
    count: int
    """How many contributions it holds."""
    weights: float
    """The sum of their weights, as far as the server knows it."""
    inside: float | None = None
    """The noisy share of updates within the clip, where it is counted."""


@dataclass(frozen=True)
class DeviceStreams:
    """The random streams of one device in one round; `attempt` tells repeated releases of a round apart."""

    seed: int
    arm: str
    round: int
    device: int
    attempt: int = 1
    secure_noise: bool = False
    nonce: str = ""

    def noise(self) -> Draw:
        """Return what noise that is accounted for is drawn from."""
        if self.secure_noise:
            return from_operating_system
        return seeded(self.seed, self.nonce, self.arm, self.round, "device", self.device, self.attempt)

    def rounding(self) -> np.random.Generator:
        """Return the stream of stochastic rounding."""
        return generator(self.seed, "compression", self.arm, self.round, self.device)

    def of(self, name: str) -> np.random.Generator:
        """Return the stream of a step of another name; it is seeded, so whoever has the configuration has it."""
        return generator(self.seed, "defence", name, self.arm, self.round, self.device, self.attempt)


class Defence(Section):
    """One step; one from outside is at once its section of the configuration, by its name.

    A device's update goes through the `outgoing` of all steps, in order. What the server receives goes through
    their `incoming` in reverse, or, where it has nothing but a sum, the sum through their `summed` in reverse. The
    defaults do nothing.

    Steps that `[privacy] defences` names come after the clip and before the compression, or the grid of a secure
    sum. They are given the update, trained minus received, and must return as many numbers, float32. The sum is
    an average when it comes to them.
    """

    extends: ClassVar[str] = "defences"

    name: ClassVar[str]
    """How configurations write it."""
    does: ClassVar[str]
    """What it does to an update, in a sentence that goes on after its name."""
    keeps_bound: ClassVar[bool] = False
    """Whether it returns no vector longer than the one it was given, by the L2 norm: a promise of differential
    privacy rests on the clip, and a secure sum without that has no room."""

    def outgoing(self, contribution: Contribution, streams: DeviceStreams) -> Contribution:
        """Return what becomes of a device's contribution on the device."""
        return contribution

    def incoming(self, contribution: Contribution) -> Contribution:
        """Return what becomes of it on the server.

        Raises UserError for what no device that follows the protocol sends.
        """
        return contribution

    def summed(self, total: Total) -> Total:
        """Return what becomes of the sum on the server."""
        return total
