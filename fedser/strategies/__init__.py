"""Continual-learning methods: how a device learns a new environment without losing the old ones.

To add one: a file with a `Strategy`, its test, and its line in `STRATEGIES`.
"""

from fedser.plugins import Registry
from fedser.strategies.strategy import Direction, Strategy

STRATEGIES: Registry[type[Strategy]] = Registry(
    "strategies",
    "method",
    {
        "finetuning": "fedser.strategies.finetuning:Finetuning",
        "exper": "fedser.strategies.exper:ExpeR",
        "gem": "fedser.strategies.gem:Gem",
        "joint": "fedser.strategies.joint:Joint",
    },
)
"""The methods by the name used in configurations and in `scores.csv`."""

__all__ = ["STRATEGIES", "Direction", "Strategy"]
