"""Messages between the server and a device: the only place where they are put together and taken apart.

Down: the model, or the part of it that is shared, and what to do. Up: the update, counts, and scores on speakers
that are nobody's owner; beside either what the rule of aggregation says (`fedser.Rule.beside_up`): SCAFFOLD's
variates, q-FedAvg's loss; Fed-A-GEM's gradient of a memory is asked for ahead, by a message of its own.
No record has a field for audio, embeddings, transcripts, labels or the names of
utterances, nor for statistics of a device's own speech: count, mean and spread of eight labels say which labels
they are. Those it keeps (`clients.own_record`). What [privacy] adds is in `clients.sending`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from flwr.app import ConfigRecord, MetricRecord, RecordDict
from torch import Tensor

from clients.parameters import MODEL, arrays, arrays_by_name, read_only, values_in_place, vector_in
from fedser.device import Learnt

__all__ = ["BESIDE", "HELD_OUT", "MODEL", "REPORT", "TASK"]
__all__ += ["Report", "Task", "arrays", "beside_in", "order", "reply", "report_of", "vector_in"]

TASK, REPORT, HELD_OUT = "task", "report", "held-out"
BESIDE = "beside"
"""What a rule of aggregation has travel beside the model, where it has anything."""

MEMORY_GRADIENT, TELL_MEMORY = "memory-gradient", "tell_memory"
"""What a rule of memory has devices tell ahead of training; messages are of the type "train.tell_memory"."""

_OUTCOMES = ("trained", "idle-no-labels")


@dataclass(frozen=True)
class Task:
    """What a device is asked to do in a round."""

    seed: int
    arm: str
    """Its name, as configurations write it."""
    round: int

    def record(self) -> ConfigRecord:
        """Return it as a record."""
        return ConfigRecord({"seed": self.seed, "arm": self.arm, "round": self.round})

    @classmethod
    def of(cls, record: ConfigRecord) -> "Task":
        """Return what `record` made."""
        return cls(*(record[key] for key in ("seed", "arm", "round")))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Report:
    """What a device tells of its round; one under a guarantee tells only its number."""

    device: int
    outcome: str = "trained"
    examples: int = 0
    steps: int = 0
    altered: int = 0
    flops: float = 0.0
    memory_bytes: int = 0
    seconds: float = 0.0
    held_out: dict[str, list[float]] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """Return all but device and utterances as what JSON knows, for a record of the round."""
        return {
            "outcome": self.outcome,
            "steps": self.steps,
            "altered": self.altered,
            "flops": self.flops,
            "memory_bytes": self.memory_bytes,
            "seconds": self.seconds,
            "held_out": self.held_out,
        }


def order(task: Task, model: Tensor | None, beside: Mapping[str, Tensor] | None = None) -> RecordDict:
    """Return the content of a message down; without a model, the device goes on with its own."""
    content = RecordDict({TASK: task.record()})
    if model is not None:
        content[MODEL] = arrays(model)
    if beside:
        content[BESIDE] = arrays_by_name(beside)
    return content


def reply(device: int, learnt: Learnt, update: Tensor | None, seconds: float) -> RecordDict:
    """Return the content of a message up."""
    counts = MetricRecord(
        {
            "device": device,
            "outcome": _OUTCOMES.index(learnt.outcome),
            "examples": learnt.examples,
            "steps": learnt.steps,
            "altered": learnt.altered,
            "flops": learnt.flops,
            "memory-bytes": learnt.memory_bytes,
            "seconds": seconds,
        }
    )
    held_out = MetricRecord()
    for key, values in learnt.held_out.items():
        held_out[key] = values
    content = RecordDict({REPORT: counts, HELD_OUT: held_out})
    if update is not None:
        content[MODEL] = arrays(update)
    if learnt.beside:
        content[BESIDE] = arrays_by_name(learnt.beside)
    return content


def of_memory(device: int, gradient: Tensor) -> RecordDict:
    """Return the content of the message up that tells the gradient (k,) of a device's memory."""
    told = arrays_by_name({MEMORY_GRADIENT: gradient})
    return RecordDict({REPORT: MetricRecord({"device": device}), BESIDE: told})


def beside_in(content: RecordDict) -> dict[str, Tensor]:
    """Return what travels beside the model, float32 by name; they are not to be written to."""
    if BESIDE not in content.array_records:
        return {}
    return {name: read_only(values_in_place(array)) for name, array in content.array_records[BESIDE].items()}


def report_of(content: RecordDict, quiet: bool = False) -> Report:
    """Return what a reply tells, without its update; of one that is to be `quiet`, its number.

    Raises KeyError, TypeError, ValueError or another error for one that is none.
    """
    counts = content.metric_records[REPORT]

    def whole(name: str) -> int:
        if type(counts[name]) is not int:
            raise TypeError(f"{name} is no whole number")
        return cast(int, counts[name])

    if quiet:
        if HELD_OUT in content or set(counts) != {"device"}:
            raise ValueError("a device under a guarantee tells more than its number")
        return Report(whole("device"))
    held_out: dict[str, list[float]] = {
        key: [float(value) for value in values]  # type: ignore[union-attr]
        for key, values in content.metric_records[HELD_OUT].items()
    }

    return Report(
        device=whole("device"),
        outcome=dict(enumerate(_OUTCOMES))[whole("outcome")],
        examples=whole("examples"),
        steps=whole("steps"),
        altered=whole("altered"),
        flops=float(counts["flops"]),  # type: ignore[arg-type]
        memory_bytes=whole("memory-bytes"),
        seconds=float(counts["seconds"]),  # type: ignore[arg-type]
        held_out=held_out,
    )
