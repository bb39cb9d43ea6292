"""What the server tells the devices of a round about how to send their updates."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from fedser.errors import UserError
from fedser.privacy.compression import Compression
from fedser.privacy.fixed_point import Grid


@dataclass(frozen=True)
class RoundTerms:
    """Plain values, so that they travel in any message; 0 stands for “not in use”.

    `attempt` tells repeated releases of a round apart. `clip` is C. `grid_step` and `grid_largest` describe the
    grid of a secure sum. `noise_std` is one device's share. `count_scale` is the scale of the coordinate that
    says whether the update was within the clip. `append_weight`: the weight is a coordinate of the secure sum.
    `nonce`: the run's, a part of the key of its seeded noise.
    """

    round: int
    attempt: int = 1
    clip: float = 0.0
    compression: Compression = "none"
    keep: float = 1.0
    stochastic_rounding: bool = False
    grid_step: float = 0.0
    grid_largest: int = 0
    noise_std: float = 0.0
    count_scale: float = 0.0
    append_weight: bool = False
    secure_noise: bool = False
    nonce: str = ""

    @property
    def grid(self) -> Grid | None:
        """The grid of the secure sum, if there is one."""
        return Grid(self.grid_step, self.grid_largest) if self.grid_step > 0 else None

    def length(self, size: int) -> int:
        """Return how many coordinates a secure sum of updates of `size` values has."""
        return size + int(self.append_weight) + int(self.count_scale > 0)

    def to_values(self) -> dict[str, Any]:
        """Return the terms as scalars and words by name."""
        return asdict(self)

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """Return terms from a message; raises UserError where names do not fit."""
        names = {field.name for field in fields(cls)}
        if set(values) != names:
            odd = ", ".join(sorted(names.symmetric_difference(values)))
            raise UserError(f"a round's privacy terms differ in {odd}; device and server must run one version")
        return cls(**values)
