"""attacks.csv and frontier.csv: their columns, and what may stand in them."""

from fedser.results.files import Kind


def optional(text: str) -> float:
    """Return a number, which may be infinite; NaN for an empty cell."""
    return float(text) if text else float("nan")


_FINDING: dict[str, Kind] = dict.fromkeys(
    ["estimate", "low", "high", "control", "control_low", "control_high", "p_value"], optional
)

_WORDS: dict[str, Kind] = dict.fromkeys(
    ["study", "attack", "metric", "arm", "layer", "rounds", "batch", "steps"], str
)
_ARM: dict[str, Kind] = dict.fromkeys(["mode", "method", "memory"], str)
_MEASURES: dict[str, Kind] = dict.fromkeys(
    ["epsilon", "ccc", "forgetting", "gender_uar", "membership_auc"], optional
)

SCHEMA: dict[str, dict[str, Kind]] = {
    "attacks.csv": _WORDS | _FINDING | {"n": int, "statement": str},
    "frontier.csv": {"noise_multiplier": float, "capacity": int} | _ARM | {"seed": int} | _MEASURES,
}
"""attacks.csv: study ∈ attribute | linkage | membership | inversion; `attack` is what it looks at: `inputs`, …
(`untrained`: a model that has learnt nothing); metric ∈ uar | accuracy | auc | tpr | cosine | exact; cells that do
not apply are empty. Intervals are at 95 %; `control` is the mean of the null controls, `control_low` and
`control_high` their central 95 %, of an inversion the 95 % interval of its mean.

frontier.csv: one row for each noise, capacity, arm and seed; `epsilon` inf without noise; the CCC is that of the
global model on activation at the end, over all environments, and `forgetting` that of the devices.
"""
