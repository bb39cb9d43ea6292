"""Section [participation] of moving devices."""

from typing import Literal, Self

from pydantic import Field, model_validator

from fedser.config import Section


class ParticipationSection(Section):
    """[participation]: who takes part in a round, and what may go wrong.

    `fraction` of the devices that can be reached, drawn without replacement ("fixed") or each by itself
    ("poisson"). `cohort` in place of the fraction is how many "fixed" draws, whatever the number of devices; all
    that can be reached where there are no more. A device is late, and its update is lost, if the time it would
    take exceeds `deadline_s`: its FLOPs at `gflops` (the median; device speeds are log-normal with
    `speed_spread`), and its bytes at `megabits_per_s`. With fewer updates than `quorum` of the cohort a round
    leaves the model as it is. A run stops when more than `most_failures` of a round's cohort fail. Two options are
    real time, for engines whose nodes may go: a round waits `absent_node_timeout_s` for devices that have no node,
    0 to go on without them at once, and `reply_timeout_s` for a reply.
    """

    fraction: float = Field(1.0, gt=0, le=1)
    cohort: int | None = Field(None, ge=1, le=100_000)
    sampling: Literal["fixed", "poisson"] = "fixed"
    deadline_s: float | None = Field(None, gt=0)
    gflops: float = Field(5.0, gt=0)
    speed_spread: float = Field(0.5, ge=0)
    megabits_per_s: float = Field(20.0, gt=0)
    quorum: float = Field(0.0, ge=0, le=1)
    most_failures: float = Field(0.5, ge=0, le=1)
    absent_node_timeout_s: float = Field(120.0, ge=0, allow_inf_nan=False)
    reply_timeout_s: float = Field(600.0, gt=0)

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
