"""Labels turned round: devices teach that the calm are excited and the content are sad."""

from dataclasses import replace
from typing import ClassVar

from fedser.arrays import Doubles
from fedser.model import Examples
from fedser.poisoning.damage import mean_ccc
from fedser.poisoning.poisoning import Poisoning


def flipped(examples: Examples) -> Examples:
    """Return the same utterances with labels, and outputs where they are kept, of the other sign."""
    outputs = None if examples.outputs is None else -examples.outputs
    return replace(examples, labels=-examples.labels, outputs=outputs)


class LabelFlip(Poisoning):
    """A hostile device learns from labels of the other sign, new and kept (Tolpegin et al. 2020, ESORICS)."""

    name: ClassVar[str] = "label-flip"
    does: ClassVar[str] = "learn from labels with the sign turned round."
    wants: ClassVar[str] = "the CCC of the shared model with labels of the other sign, 0 where it is negative."

    def heard(self, examples: Examples) -> Examples:
        """Return the utterances with labels of the other sign."""
        return flipped(examples)

    def kept(self, examples: Examples) -> Examples:
        """Return the utterances with labels of the other sign."""
        return flipped(examples)

    def success(self, predicted: Doubles, before: Doubles, labels: Doubles) -> float:
        """Return the CCC with labels of the other sign."""
        return max(0.0, mean_ccc(predicted, -labels))
