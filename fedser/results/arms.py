"""The arms that comparisons start from."""

from fedser.protocol.arms import Arm

__all__ = ["EXPER_RANDOM", "FINETUNING", "JOINT", "Arm"]

FINETUNING = Arm("finetuning", "none")
EXPER_RANDOM = Arm("exper", "random")
JOINT = Arm("joint", "none")
"""A reference: it sees all data at once, so it is neither tested against the others nor the best of them."""
