"""The CSV files of a moving-devices run: their columns, and what may stand in them."""

from fedser.results.cells import EXTENDED, FINITE, OPTIONAL, SPARSE, WHOLE, WORD, Kind, each

SERVER, ALL = "server", "all"
"""In place of a device: the global model; the personal models of all devices scored in a round, pooled."""

GLOBAL, PERSONAL = "global", "personal"
MODELS = (GLOBAL, PERSONAL)

OUTCOMES = ("trained", "idle-no-labels", "failed", "late", "refused")
"""What became of a device that was asked to take part in a round."""

_ARM = {"seed": WHOLE} | each(WORD, "mode", "method", "memory") | {"rule": SPARSE}

SCHEMA: dict[str, dict[str, Kind]] = {
    "scores.csv": _ARM
    | {"stage": WORD, "round": WHOLE}
    | each(WORD, "device", "model", "environment", "split", "target", "metric")
    | {"value": FINITE},
    "visits.csv": each(WHOLE, "seed", "device", "round")
    | each(WORD, "environment", "condition")
    | each(WHOLE, "available", "heard", "labelled"),
    "costs.csv": _ARM
    | {"round": WHOLE, "device": WHOLE, "outcome": WORD, "steps": WHOLE, "altered": WHOLE}
    | each(FINITE, "flops", "memory_bytes", "bytes_up", "bytes_down", "seconds"),
    "prequential.csv": _ARM
    | {"round": WHOLE, "device": WHOLE, "environment": WORD, "target": WORD, "n": WHOLE}
    | each(FINITE, "mean_prediction", "mean_label", "m2_prediction", "m2_label", "m2_both"),
    "acoustics.csv": each(WORD, "environment", "condition")
    | each(OPTIONAL, "rt60_target_s", "rt60_s", "snr_target_db", "snr_db", "snr_low_db", "snr_high_db")
    | each(WORD, "microphone", "noise"),
}
"""The columns of each file in order, and how a cell is read.

`rule` is there where an arm names one. scores.csv has rows of a device for rounds in which it took part, for
every environment, and of the server for rounds after which the global model was scored; round 0 is the shared
model before any adaptation. `stage` is where the device is, "" for the server and for all. visits.csv is the
same for all arms. prequential.csv holds centred sufficient statistics (`fedser.metrics.pooled.Moments`) of the
predictions a device made for what it heard, by its model as it was before it learnt from these utterances.
"""

PRIVACY: dict[str, dict[str, Kind]] = {
    "privacy.csv": _ARM
    | {"round": WHOLE, "epsilon": EXTENDED, "clip": FINITE, "noise_multiplier": FINITE}
    | {"clipped_share": OPTIONAL, "survivors": WHOLE, "outcome": WORD}
}
"""The file that a run with [privacy] has too: one row a round of each arm that shares.

`epsilon` after the round, empty without noise or a mechanism; `clip` 0 for none; `clipped_share` of the
updates that came, empty where none came, as in a Poisson round of nobody; `survivors`: how many updates the
average holds. outcome ∈ aggregated | no-quorum | secure-sum-failed | budget-spent, the last for the round that was
not begun.
"""
