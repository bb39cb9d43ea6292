"""Rules of aggregation: how the server makes one model of many updates. *Strategy* is the device's method.

A rule knows nothing of Flower; what wraps Flower's own strategies stands in `clients.rules`, which adds them here.
"""

from fedser.plugins import Registry
from fedser.rules.rule import Rule

RULES: Registry[type[Rule]] = Registry("rules", "rule", {})
"""The rules by the name used in configurations, after `@` in an arm."""

__all__ = ["RULES", "Rule"]
