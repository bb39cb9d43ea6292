"""Continual-learning methods: how a device learns a new environment without losing the old ones.

To add one: a file with a `Strategy`, its test, and its line in `STRATEGIES`.
"""

from fedser.strategies.exper import ExpeR
from fedser.strategies.finetune import Finetuning
from fedser.strategies.gem import Gem
from fedser.strategies.joint import Joint
from fedser.strategies.strategy import Direction, Strategy

STRATEGIES: dict[str, type[Strategy]] = {
    "finetuning": Finetuning,
    "exper": ExpeR,
    "gem": Gem,
    "joint": Joint,
}
"""The methods by the name used in configurations and in `scores.csv`."""

__all__ = ["STRATEGIES", "Direction", "ExpeR", "Finetuning", "Gem", "Joint", "Strategy"]
