"""On what terms a device sends: what the server says of it with every order, and what the device does by it.

Without [privacy] a device sends its model and a report. Otherwise its update goes through the steps that the
round's terms ask for. Under a mechanism that promises differential privacy it is *quiet*: nothing beside the
protected update goes up but its number. Scores, statistics of its speech, counts and times are exact values of its
data, which no noise covers; and who has nothing to learn from sends an update of zeros like any other, for that,
too, is told by staying away. What it would have reported stays on its disk (`clients.own_record`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from flwr.app import ConfigRecord, MetricRecord, RecordDict

from clients.payload import REPORT, Task
from fedser.privacy import Defence, DeviceStreams, RoundTerms, Steps, steps_of, weight
from fedser.privacy.weighting import Weights

SENDING, TERMS = "sending", "terms"


@dataclass(frozen=True)
class SendingTerms:
    """The defaults ask for nothing, and take no room in a message.

    `round`: what its steps depend on, None for no steps. `weight_bound` 0 is no bound.
    """

    round: RoundTerms | None = None
    quiet: bool = False
    weights: Weights = "uniform"
    weight_bound: int = 0

    @property
    def asked(self) -> bool:
        """Return whether anything is asked."""
        return self.quiet or self.round is not None

    @property
    def attempt(self) -> int:
        """Return which attempt at the round it is; without noise of the devices' own there is no second one."""
        return self.round.attempt if self.round is not None and self.round.noise_std > 0 else 1

    def records(self) -> dict[str, ConfigRecord]:
        """Return what is added to an order."""
        if not self.asked:
            return {}
        own = ConfigRecord({"quiet": self.quiet, "weights": self.weights, "weight-bound": self.weight_bound})
        terms = {} if self.round is None else {TERMS: ConfigRecord(self.round.to_values())}
        return {SENDING: own} | terms

    @classmethod
    def of(cls, content: RecordDict) -> Self:
        """Return what an order asks for; raises UserError where the server runs another version."""
        if SENDING not in content.config_records:
            return cls()
        own = content.config_records[SENDING]
        given = content.config_records.get(TERMS)
        terms = None if given is None else RoundTerms.from_values(given)
        return cls(terms, own["quiet"], own["weights"], own["weight-bound"])  # type: ignore[arg-type]

    def steps(self, further: Sequence[Defence]) -> Steps:
        """Return the steps of an update; `further` are those that [privacy] names."""
        return Steps() if self.round is None else steps_of(self.round, further)

    def weight_of(self, examples: int) -> float:
        """Return the weight that a device puts on its own update, for the server may not see it."""
        return weight(examples, self.weights, self.weight_bound or None)

    def streams(self, task: Task, arm: str, device: int) -> DeviceStreams:
        """Return the random streams of a device in the round of a task; `arm` is the arm's folder."""
        if self.round is None:
            return DeviceStreams(task.seed, arm, task.round, device)
        terms = self.round
        return DeviceStreams(task.seed, arm, terms.round, device, terms.attempt, terms.secure_noise, terms.nonce)


def quiet_report(device: int) -> RecordDict:
    """Return all that a device under a guarantee says beside its update."""
    return RecordDict({REPORT: MetricRecord({"device": device})})
