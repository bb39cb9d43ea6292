"""What a hostile device does in place of what it should, one kind a file: model and data poisoning.

To add one: a file with a `Poisoning`, its test, and its line in `POISONINGS`.
"""

from fedser.plugins import Registry
from fedser.poisoning.poisoning import Poisoning

POISONINGS: Registry[type[Poisoning]] = Registry(
    "poisonings",
    "kind of poisoning",
    {
        "sign-flip": "fedser.poisoning.sign_flip:SignFlip",
        "scaling": "fedser.poisoning.scaling:Scaling",
        "label-flip": "fedser.poisoning.label_flip:LabelFlip",
        "model-replacement": "fedser.poisoning.model_replacement:ModelReplacement",
        "backdoor": "fedser.poisoning.backdoor:Backdoor",
    },
)
"""The kinds by the name used in `[adversary] kind`; the options of each stand in the section of its name."""

__all__ = ["POISONINGS", "Poisoning"]
