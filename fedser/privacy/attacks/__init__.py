"""Attacks on updates, each with null controls, intervals and a statement of what its adversary knows.

To add one: a file with an `Attack`, its test, and its line in `ATTACKS`.
"""

from fedser.plugins import Registry
from fedser.privacy.attacks.attack import Attack, Plot
from fedser.privacy.attacks.finding import Finding
from fedser.privacy.attacks.interval import Interval, Null
from fedser.privacy.attacks.observed import LeftPlace, Observed, View
from fedser.privacy.attacks.update import ParameterLayout, Update, layer_gradient

ATTACKS: Registry[type[Attack]] = Registry(
    "attacks",
    "attack",
    {
        "attribute": "fedser.privacy.attacks.attribute:AttributeAttack",
        "linkage": "fedser.privacy.attacks.linkage:LinkageAttack",
        "membership": "fedser.privacy.attacks.membership:MembershipAttack",
        "inversion": "fedser.privacy.attacks.inversion:InversionAttack",
        "mood": "fedser.privacy.attacks.mood:MoodAttack",
    },
)
"""The attacks by the name used in configurations and in attacks.csv."""

__all__ = [
    "ATTACKS",
    "Attack",
    "Finding",
    "Interval",
    "LeftPlace",
    "Null",
    "Observed",
    "ParameterLayout",
    "Plot",
    "Update",
    "View",
    "layer_gradient",
]
