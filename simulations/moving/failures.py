"""What a run says at its end of the devices that failed: bugs apart from what a user can mend."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from clients.failures import LOG, bugs_in
from fedser.protocol import Arm

Record = Mapping[str, Any]

_SILENT = "no reply, or none of this app"


def failure_warnings(run: Path, seed: int, arm: Arm, records: Sequence[Record]) -> Iterator[str]:
    """Yield a line on the device-rounds that failed, and one on the bugs of devices, with the way to their log."""
    failed = [
        (record["round"], entry["device"])
        for record in records
        for entry in record["devices"]
        if entry["outcome"] == "failed"
    ]
    told = [(record["round"], failure) for record in records for failure in record.get("failures", [])]
    bugs = [(number, failure["device"], failure["error"]) for number, failure in told if failure["bug"]]
    label = f"seed {seed}, {arm.name}"
    if failed:
        number, device = failed[0]
        reasons = [f["error"] for n, f in told if (n, f["device"]) == failed[0]] or [_SILENT]
        first = f"the first of device {device} in round {number}: {reasons[0]}"
        yield f"{label}: {len(failed)} device-rounds failed, {first}"
    if bugs:
        number, device, error = bugs[0]
        error = bugs_in(run / LOG).get((seed, arm.name, number, str(device)), error)
        log = f"{LOG} of the run" if (run / LOG).exists() else "the devices' own folders"
        yield (
            f"{label}: a bug on {_named({device for _, device, _ in bugs})}, {_times(len(bugs))}, "
            f"first on device {device} in round {number}: {error}; tracebacks in {log}"
        )


def _named(devices: set[int]) -> str:
    numbers = [str(device) for device in sorted(devices)]
    if len(numbers) == 1:
        return f"device {numbers[0]}"
    return f"devices {', '.join(numbers[:-1])} and {numbers[-1]}"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
