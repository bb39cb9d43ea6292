"""What a run says at its end of the devices that failed: bugs apart from what a user can mend."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from clients.failures import LOG, bugs_in
from fedser.protocol import Arm
from fedser.results.record import Record


def failure_warnings(run: Path, seed: int, arm: Arm, records: Sequence[Record]) -> Iterator[str]:
    """Yield a line on device-rounds that failed, one on updates refused, one on bugs with the way to their log.

    records: those of an arm's rounds, as `RoundFiles` keeps them.
    """
    label = f"seed {seed}, {arm.name}"
    told = [(record["round"], failure) for record in records for failure in record.get("failures", [])]
    for outcome, counted in (("failed", "device-rounds failed"), ("refused", "updates refused")):
        if found := _device_rounds(records, outcome):
            number, device = found[0]
            reasons = [failure["error"] for at, failure in told if (at, failure["device"]) == found[0]]
            reason = reasons[0] if reasons else "no reason is known"
            yield f"{label}: {counted}: {len(found)}, the first of device {device} in round {number}: {reason}"
    bugs = [(number, failure["device"], failure["error"]) for number, failure in told if failure["bug"]]
    if bugs:
        number, device, error = bugs[0]
        error = bugs_in(run / LOG).get((seed, arm.name, number, str(device)), error)
        log = f"{LOG} of the run" if (run / LOG).exists() else "the devices' own folders"
        yield (
            f"{label}: a bug on {_named({device for _, device, _ in bugs})}, {_times(len(bugs))}, "
            f"first on device {device} in round {number}: {error}; tracebacks in {log}"
        )


def _device_rounds(records: Sequence[Record], outcome: str) -> list[tuple[int, int]]:
    """Return (round, device) wherever a device came to an outcome."""
    return [
        (record["round"], entry["device"])
        for record in records
        for entry in record["devices"]
        if entry["outcome"] == outcome
    ]


def _named(devices: set[int]) -> str:
    numbers = [str(device) for device in sorted(devices)]
    if len(numbers) == 1:
        return f"device {numbers[0]}"
    return f"devices {', '.join(numbers[:-1])} and {numbers[-1]}"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
