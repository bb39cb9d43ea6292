"""Finetuning that takes as many steps an epoch as ExpeR: what of ExpeR is memory, and what is more steps?"""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from fedser.model import Examples
from fedser.strategies.strategy import Past, Strategy


class Matched(Strategy):
    """The new utterances over and over, in the place of ExpeR's memories, until the training set is as long.

    A control, not a method: memories are counted, and none of their utterances is learnt from.
    """

    name: ClassVar[str] = "matched"
    title: ClassVar[str] = "Finetuning, steps as ExpeR"
    does: ClassVar[str] = "takes as many steps an epoch as ExpeR, on the new environment alone."
    past: ClassVar[Past] = "memory"

    def training_set(self, own: Examples, memories: Sequence[Examples]) -> Examples:
        """Return the own utterances, and as many copies as there are utterances in the memories."""
        copies = sum(map(len, memories))
        return Examples.join([own, own.take(np.arange(copies, dtype=np.int64) % len(own))]) if copies else own
