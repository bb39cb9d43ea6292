"""Continual-learning methods: how a device learns a new environment without losing the old ones.

To add one: a file with a `Strategy`, its test, and its line in `STRATEGIES`.
"""

from fedser.plugins import Registry
from fedser.strategies.rehearsal import BatchLoss, Rehearsal, squared_error
from fedser.strategies.strategy import Direction, Strategy
from fedser.strategies.visit import Frozen, State, Step, Taken, Visit

STRATEGIES: Registry[type[Strategy]] = Registry(
    "strategies",
    "method",
    {
        "finetuning": "fedser.strategies.finetuning:Finetuning",
        "matched": "fedser.strategies.matched:Matched",
        "exper": "fedser.strategies.exper:ExpeR",
        "gem": "fedser.strategies.gem:Gem",
        "gem0": "fedser.strategies.gem:GemWithoutMargin",
        "agem": "fedser.strategies.agem:AGem",
        "er": "fedser.strategies.er:Er",
        "derpp": "fedser.strategies.derpp:DerPlusPlus",
        "ewc": "fedser.strategies.ewc:Ewc",
        "si": "fedser.strategies.si:Si",
        "lwf": "fedser.strategies.lwf:Lwf",
        "gdumb": "fedser.strategies.gdumb:GDumb",
        "restandardise": "fedser.strategies.restandardise:Restandardise",
        "restandardise-exper": "fedser.strategies.restandardise:RestandardiseExpeR",
        "mean-teacher": "fedser.strategies.mean_teacher:MeanTeacher",
        "mean-teacher-exper": "fedser.strategies.mean_teacher:MeanTeacherExpeR",
        "mean-teacher-gem": "fedser.strategies.mean_teacher:MeanTeacherGem",
        "reconstruction": "fedser.strategies.reconstruction:Reconstruction",
        "reconstruction-exper": "fedser.strategies.reconstruction:ReconstructionExpeR",
        "reconstruction-gem": "fedser.strategies.reconstruction:ReconstructionGem",
        "subspace": "fedser.strategies.subspace:Subspace",
        "subspace-exper": "fedser.strategies.subspace:SubspaceExpeR",
        "subspace-gem": "fedser.strategies.subspace:SubspaceGem",
        "replay": "fedser.strategies.without_ratings:Replay",
        "joint": "fedser.strategies.joint:Joint",
    },
)
"""The methods by the name used in configurations and in `scores.csv`."""

__all__ = [
    "STRATEGIES",
    "BatchLoss",
    "Direction",
    "Frozen",
    "Rehearsal",
    "State",
    "Step",
    "Strategy",
    "Taken",
    "Visit",
    "squared_error",
]
