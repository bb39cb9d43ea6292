"""What a run says at its end of the devices that failed: bugs apart from what a user can mend."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from clients.failures import LOG, REASON, failures_in
from fedser.protocol import Arm
from fedser.results.record import Record
from simulations.moving.devices import IMPOSTOR, LIAR


def failure_warnings(run: Path, seed: int, arm: Arm, records: Sequence[Record]) -> Iterator[str]:
    """Yield lines on each impostor or liar, on device-rounds that failed, updates refused, bugs with their log.

    records: those of an arm's rounds, as `RoundFiles` keeps them.
    """
    label = f"seed {seed}, {arm.name}"
    told = {
        (record["round"], failure["device"]): (failure["error"], failure["bug"])
        for record in records
        for failure in record.get("failures", [])
    }
    recorded = set(told)
    named = {f["error"]: (r["round"], f["device"]) for r in reversed(records) for f in r.get("failures", [])}
    for error, (number, claimed) in named.items():
        if error.startswith((IMPOSTOR, LIAR)):
            yield f"{label}: device {claimed}, first in round {number}: {error}"
    for (at_seed, name, number, device), found in failures_in(run / LOG).items():
        if (at_seed, name) == (seed, arm.name) and told.get((number, int(device)), (REASON, False))[0] == REASON:
            told[number, int(device)] = found
    for outcome, counted in (("failed", "device-rounds failed"), ("refused", "updates refused")):
        if found_in := _device_rounds(records, outcome):
            number, device_number = found_in[0]
            reason = told.get(found_in[0], ("no reason is known", False))[0]
            if reason == REASON:
                reason = "its own log says why"
            count = len(found_in)
            yield f"{label}: {counted}: {count}, the first of device {device_number} in round {number}: {reason}"
    happened = {*_device_rounds(records, "failed"), *recorded}
    bugs = sorted(place for place, (_, bug) in told.items() if bug and place in happened)
    if bugs:
        number, device_number = bugs[0]
        log = f"{LOG} of the run" if (run / LOG).exists() else "the devices' own folders"
        yield (
            f"{label}: a bug on {_named({device for _, device in bugs})}, {_times(len(bugs))}, "
            f"first on device {device_number} in round {number}: {told[bugs[0]][0]}; tracebacks in {log}"
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
