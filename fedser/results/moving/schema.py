"""The CSV files of a moving-devices run: their columns, and what may stand in them."""

from fedser.results.files import Kind, finite, optional, sparse

SERVER, ALL = "server", "all"
"""In place of a device: the global model; the personal models of all devices scored in a round, pooled."""

GLOBAL, PERSONAL = "global", "personal"
MODELS = (GLOBAL, PERSONAL)

OUTCOMES = ("trained", "idle-no-labels", "failed", "late", "refused")
"""What became of a device that was asked to take part in a round."""

_ARM: dict[str, Kind] = {"seed": int, "mode": str, "method": str, "memory": str, "rule": sparse}


def _all(kind: Kind, *columns: str) -> dict[str, Kind]:
    return dict.fromkeys(columns, kind)


SCHEMA: dict[str, dict[str, Kind]] = {
    "scores.csv": _ARM
    | {"stage": str, "round": int}
    | _all(str, "device", "model", "environment", "split", "target", "metric")
    | {"value": finite},
    "visits.csv": _all(int, "seed", "device", "round")
    | _all(str, "environment", "condition")
    | _all(int, "available", "heard", "labelled"),
    "costs.csv": _ARM
    | {"round": int, "device": int, "outcome": str, "steps": int, "altered": int}
    | _all(finite, "flops", "memory_bytes", "bytes_up", "bytes_down", "seconds"),
    "prequential.csv": _ARM
    | {"round": int, "device": int, "environment": str, "target": str, "n": int}
    | _all(finite, "mean_prediction", "mean_label", "m2_prediction", "m2_label", "m2_both"),
    "acoustics.csv": _all(str, "environment", "condition")
    | _all(optional, "rt60_target_s", "rt60_s", "snr_target_db", "snr_db", "snr_low_db", "snr_high_db")
    | _all(str, "microphone", "noise"),
}
"""The columns of each file in order, and how a cell is read.

`rule` is there where an arm names one. scores.csv has rows of a device for rounds in which it took part, for
every environment, and of the server for rounds after which the global model was scored; round 0 is the shared
model before any adaptation. `stage` is where the device is, "" for the server and for all. visits.csv is the
same for all arms. prequential.csv holds centred sufficient statistics (`fedser.metrics.pooled.Moments`) of the
predictions a device made for what it heard, by its model as it was before it learnt from these utterances.
"""
