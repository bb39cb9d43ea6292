"""Flower's own strategies as rules of aggregation, by their names; what they share is in `flower_rule`."""

from fedser.rules import RULES

_NAMES = (
    "FedAvg",
    "FedProx",
    "FedAvgM",
    "FedAdam",
    "FedYogi",
    "FedAdagrad",
    "QFedAvg",
    "FedMedian",
    "FedTrimmedAvg",
    "Krum",
    "MultiKrum",
    "Bulyan",
)

RULES.add({name.lower(): f"clients.rules.flower:{name}" for name in _NAMES})
RULES.add({"fed-agem": "clients.rules.fed_agem:FedAGem"})
