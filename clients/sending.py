"""On what terms a device sends its update: what the server says of it, and what the device makes of it.

Without [privacy] a device sends its model and a report. Otherwise it sends its update, model minus model
received, after the steps that the round's terms ask for. Under a mechanism that promises differential privacy
it is *quiet*: nothing beside the protected update goes up but its number. Scores, statistics of its speech, counts
and times are exact values of its data, which no noise covers; and who has nothing to learn from sends an update of
zeros like any other, for that, too, is told by staying away. What it would have reported stays on its disk
(`clients.own_record`).
"""

from dataclasses import dataclass
from typing import Self

from flwr.app import Array, ArrayRecord, ConfigRecord, MetricRecord, RecordDict
from torch import Tensor

from clients.parameters import MODEL
from clients.payload import REPORT, Task
from fedser.errors import UserError
from fedser.privacy import Encoded, Parcel, Received, RoundTerms, decode, device_steps, prepare, streams, weight
from fedser.privacy.weighting import Weights
from fedser.protocol import Arm

SENDING, TERMS, ENCODING = "sending", "terms", "encoding"


@dataclass(frozen=True)
class SendingTerms:
    """`round`: the steps of its updates, None where nothing is sent up. `weight_bound` 0 is no bound."""

    round: RoundTerms | None
    quiet: bool
    weights: Weights = "uniform"
    weight_bound: int = 0

    def records(self) -> dict[str, ConfigRecord]:
        """Return what is added to an order."""
        own = ConfigRecord({"quiet": self.quiet, "weights": self.weights, "weight-bound": self.weight_bound})
        terms = {} if self.round is None else {TERMS: ConfigRecord(self.round.to_values())}
        return {SENDING: own} | terms

    @classmethod
    def of(cls, content: RecordDict) -> Self | None:
        """Return what an order asks for, or None; raises UserError where the server runs another version."""
        if SENDING not in content.config_records:
            return None
        own = content.config_records[SENDING]
        given = content.config_records.get(TERMS)
        terms = None if given is None else RoundTerms.from_values(given)
        return cls(terms, own["quiet"], own["weights"], own["weight-bound"])  # type: ignore[arg-type]


def prepared(terms: RoundTerms, sending: SendingTerms, task: Task, device: int, update: Tensor, n: int) -> Parcel:
    """Return an update (k,), learnt from `n` utterances, after the round's steps.

    A weight is put on here only where the server sees nothing but the sum.
    """
    secure = terms.grid is not None
    own = weight(n, sending.weights, sending.weight_bound or None) if secure else 1.0
    steps = device_steps(terms, *streams(terms, task.seed, Arm.parse_shared(task.arm).folder, device))
    return prepare(Parcel(update.numpy(), own), steps)


def parcel_records(parcel: Parcel) -> dict[str, ArrayRecord | ConfigRecord]:
    """Return an encoded update as records; none for one that waits for a secure sum."""
    encoded = parcel.encoded
    if encoded is None:
        return {}
    arrays = ArrayRecord({name: Array(values) for name, values in encoded.arrays.items()})
    kind = {"kind": encoded.kind, "size": encoded.size, "inside": parcel.inside}
    return {MODEL: arrays, ENCODING: ConfigRecord(kind)}  # type: ignore[arg-type]


def received(content: RecordDict, weight: float, size: int) -> Received:
    """Return what `parcel_records` made; raises UserError for anything else than an update of `size` values."""
    try:
        kind = content.config_records[ENCODING]
        arrays = {name: array.numpy() for name, array in content.array_records[MODEL].items()}
        encoded = Encoded(kind["kind"], int(kind["size"]), arrays)  # type: ignore[arg-type]
        if decode(encoded).size != size:
            raise UserError(f"an update of {encoded.size} values; expected {size}")
        return Received(encoded, weight, bool(kind["inside"]))
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"a reply holds no update ({error}); device and server must run one version") from None


def quiet_report(device: int) -> RecordDict:
    """Return all that a device under a guarantee says beside its update."""
    return RecordDict({REPORT: MetricRecord({"device": device})})
