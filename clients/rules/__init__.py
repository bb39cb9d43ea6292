"""Flower's own strategies as rules of aggregation, by their names; what they share is in `flower_rule`.

q-FedAvg is not among them: it needs every device's training loss, which no device tells.
"""

from fedser.rules import RULES

_NAMES = (
    "FedAvg",
    "FedProx",
    "FedAvgM",
    "FedAdam",
    "FedYogi",
    "FedAdagrad",
    "FedMedian",
    "FedTrimmedAvg",
    "Krum",
    "MultiKrum",
    "Bulyan",
)

RULES.add({name.lower(): f"clients.rules.flower:{name}" for name in _NAMES})
