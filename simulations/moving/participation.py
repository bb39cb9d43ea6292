"""Section [participation] of moving devices."""

from typing import Literal, Self

from pydantic import Field, model_validator

from fedser.config import Section


class ParticipationSection(Section):
    """[participation]: who takes part in a round, and what may go wrong.

    A device is late, and its update is lost, if the time it would take exceeds `deadline_s`. Two options are real
    time, for engines whose nodes may go: `absent_node_timeout_s` and `reply_timeout_s`.
    """

    fraction: float = Field(1.0, gt=0, le=1)
    """The share of the devices that can be reached which takes part in a round."""
    cohort: int | None = Field(None, ge=1, le=100_000)
    """In place of the fraction: how many "fixed" draws, whatever the number of devices; all that can be reached
    where there are no more."""
    sampling: Literal["fixed", "poisson"] = "fixed"
    """"fixed" draws without replacement, "poisson" each device by itself."""
    deadline_s: float | None = Field(None, gt=0)
    """Simulated seconds after which a device is late."""
    gflops: float = Field(5.0, gt=0)
    """Median of the devices' speeds, in 10⁹ floating-point operations a second."""
    speed_spread: float = Field(0.5, ge=0)
    """Standard deviation of the logarithm of a device's speed."""
    megabits_per_s: float = Field(20.0, gt=0)
    """Of a device's link, both ways."""
    quorum: float = Field(0.0, ge=0, le=1)
    """The share of the cohort below which a round leaves the model as it is."""
    most_failures: float = Field(0.5, ge=0, le=1)
    """A run stops when a greater share of a round's cohort fails."""
    absent_node_timeout_s: float = Field(120.0, ge=0, allow_inf_nan=False)
    """How long a round waits for devices that have no node; 0 to go on without them at once."""
    reply_timeout_s: float = Field(600.0, gt=0)
    """How long it waits for a reply."""

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if self.cohort is not None and (self.sampling == "poisson" or self.fraction < 1):
            raise ValueError('cohort is the size of a round with sampling = "fixed"; leave out fraction or cohort')
        return self

    def most(self, reachable: int) -> int:
        """Return how many devices are asked in a round, at most; with "fixed" it is always so many, at least one.

        A half rounds up: 0.5 of 5 devices is 3.
        """
        if self.cohort is not None:
            return min(self.cohort, reachable)
        return reachable if self.sampling == "poisson" else max(1, int(self.fraction * reachable + 0.5))
