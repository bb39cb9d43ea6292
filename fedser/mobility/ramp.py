"""An environment that degrades: its signal-to-noise ratio goes from one value to another in steps."""

from typing import Self

from pydantic import Field, model_validator

from fedser.config import Section


class Ramp(Section):
    """`steps` conditions from one SNR to another, equally far apart in dB, each for an equal share of the rounds.

    Condition 0, from_snr_db, holds also before first_round, and the last one, to_snr_db, after last_round.
    """

    from_snr_db: float = Field(allow_inf_nan=False)
    """SNR of condition 0, in dB."""
    to_snr_db: float = Field(allow_inf_nan=False)
    """SNR of the last condition, in dB."""
    steps: int = Field(ge=2, le=1_000_000)
    """How many conditions."""
    first_round: int = Field(1, ge=1, le=1_000_000)
    """In which the SNR begins to change."""
    last_round: int = Field(ge=1, le=1_000_000)
    """After which it changes no more."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        rounds = self.last_round - self.first_round + 1
        if rounds < self.steps:
            raise ValueError(
                f"needs a round for each of its {self.steps} steps, but rounds {self.first_round} to "
                f"{self.last_round} are {max(rounds, 0)}; take fewer steps, or more rounds"
            )
        if self.from_snr_db == self.to_snr_db:
            raise ValueError(f"goes from {self.from_snr_db:g} dB to the same; leave it out, or change one end")
        return self

    @property
    def snrs_db(self) -> tuple[float, ...]:
        """The SNR of each condition."""
        rise = self.to_snr_db - self.from_snr_db
        return tuple(self.from_snr_db + rise * step / (self.steps - 1) for step in range(self.steps))

    def condition(self, round: int) -> int:
        """Return the condition, from 0 to steps − 1, that holds in a round (from 1)."""
        rounds = self.last_round - self.first_round + 1
        step = (round - self.first_round) * self.steps // rounds
        return min(max(step, 0), self.steps - 1)
