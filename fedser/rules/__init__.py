"""Rules of aggregation: how the server makes one model of many updates. *Strategy* is the device's method.

A rule knows nothing of Flower; what wraps Flower's own strategies stands in `clients.rules`, which adds them here.
To add one: a file with a `Rule`, its test, and its line in `RULES`.
"""

from fedser.plugins import Registry
from fedser.rules.beside import Part, Received, SentBeside, Trained, Vectors
from fedser.rules.rule import Rule
from fedser.rules.updates import DeviceUpdate, RoundUpdates, RuleState

RULES: Registry[type[Rule]] = Registry(
    "rules",
    "rule",
    {
        "fedadam-reddi": "fedser.rules.fedadam_reddi:FedAdamReddi",
        "norm-bound": "fedser.rules.norm_bound:NormBound",
        "fednova": "fedser.rules.fednova:FedNova",
        "scaffold": "fedser.rules.scaffold:Scaffold",
    },
)
"""The rules by the name used in configurations, after `@` in an arm."""

__all__ = [
    "RULES",
    "DeviceUpdate",
    "Part",
    "Received",
    "RoundUpdates",
    "Rule",
    "RuleState",
    "SentBeside",
    "Trained",
    "Vectors",
]
