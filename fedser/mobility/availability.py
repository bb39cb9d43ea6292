"""Whether a device can be reached in a round: by chance, or in spells of being on and off."""

from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from fedser.config import Section


class Availability(Section):
    """Either `probability`, in each round anew, or spells of geometric length with means in rounds.

    Spells begin in their long-run state: on with probability mean_on / (mean_on + mean_off).
    """

    probability: float = Field(1.0, gt=0, le=1)
    """That a device can be reached, in each round anew."""
    mean_on: float | None = Field(None, ge=1, allow_inf_nan=False)
    """Mean length of a spell in which it can be reached, in rounds."""
    mean_off: float | None = Field(None, ge=1, allow_inf_nan=False)
    """Mean length of a spell in which it cannot."""

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if (self.mean_on is None) != (self.mean_off is None):
            raise ValueError("needs both mean_on and mean_off, in rounds, such as {mean_on = 8, mean_off = 2}")
        if self.mean_on is not None and self.probability != 1:
            raise ValueError("takes probability, or mean_on and mean_off, not both")
        return self

    def draw(self, rounds: int, stream: np.random.Generator) -> NDArray[np.bool_]:
        """Return whether one device is available, (rounds,); more rounds go on where fewer stop."""
        chance = stream.random(rounds)
        if self.mean_on is None or self.mean_off is None:
            return chance < self.probability
        on = np.empty(rounds, dtype=bool)
        now = bool(chance[0] < self.mean_on / (self.mean_on + self.mean_off))
        on[0] = now
        for r in range(1, rounds):
            if chance[r] < 1 / (self.mean_on if now else self.mean_off):
                now = not now
            on[r] = now
        return on
