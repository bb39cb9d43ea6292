"""How many rounds a device stays where it is: a distribution over whole rounds, one at least."""

from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from fedser.config import Section


class Dwell(Section):
    """Rounds of a stay.

    geometric: mean ≥ 1; in every round the device leaves with probability 1 / mean.
    poisson: mean ≥ 1; one round and a Poisson number with mean − 1 of further ones.
    uniform: whole numbers from low to high, both possible.
    fixed: always mean, a whole number.
    """

    kind: Literal["geometric", "poisson", "uniform", "fixed"]
    """Distribution of the length."""
    mean: float | None = Field(None, ge=1, le=1_000_000)
    """Rounds; for all kinds but uniform."""
    low: int | None = Field(None, ge=1, le=1_000_000)
    """The shortest uniform stay, in rounds."""
    high: int | None = Field(None, ge=1, le=1_000_000)
    """The longest uniform stay, in rounds."""

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        needed = ("low", "high") if self.kind == "uniform" else ("mean",)
        for key in ("mean", "low", "high"):
            if (key in needed) and getattr(self, key) is None:
                raise ValueError(f'of kind = "{self.kind}" needs {" and ".join(needed)}; {key} is missing')
            if (key not in needed) and getattr(self, key) is not None:
                raise ValueError(f'of kind = "{self.kind}" takes {" and ".join(needed)}, not {key}')
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"has low ({self.low}) above high ({self.high})")
        if self.kind == "fixed" and self.mean is not None and not self.mean.is_integer():
            raise ValueError(f'of kind = "fixed" needs a whole number of rounds as mean, got {self.mean:g}')
        return self

    def draw(self, stream: np.random.Generator) -> int:
        """Return the rounds of one stay."""
        # A run of many devices draws millions: a class pattern would take four times as long.
        kind, mean = self.kind, self.mean
        if kind == "uniform" and self.low is not None and self.high is not None:
            return int(stream.integers(self.low, self.high, endpoint=True))
        if mean is None:
            raise AssertionError(self)  # the validator lets nothing else through
        if kind == "geometric":
            return int(stream.geometric(1 / mean))
        return 1 + int(stream.poisson(mean - 1)) if kind == "poisson" else int(mean)
