"""The arms that comparisons start from."""

from fedser.protocol.arms import Arm
from fedser.strategies import STRATEGIES

__all__ = ["EXPER_RANDOM", "FINETUNING", "JOINT", "METHOD_LABELS", "Arm"]

METHOD_LABELS = {name: strategy.title for name, strategy in STRATEGIES.items()}
"""How tables and figures write a method."""

FINETUNING = Arm("finetuning", "none")
EXPER_RANDOM = Arm("exper", "random")
JOINT = Arm("joint", "none")
"""The upper bound: it keeps all data, so it is neither tested against the others nor the best of them."""
