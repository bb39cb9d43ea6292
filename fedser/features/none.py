"""No lexical features: the model hears, but does not read."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedser.features.encoder import LexicalEncoder


class Nothing(LexicalEncoder):
    """A lexical encoder of dimension 0."""

    name = "none"
    dimension = 0
    instant = True

    @property
    def settings(self) -> dict[str, Any]:
        """All that changes the numbers: nothing."""
        return {}

    def encode(self, transcripts: Sequence[str], /) -> NDArray[np.float32]:
        """Return (len, 0)."""
        return np.empty((len(transcripts), 0), dtype=np.float32)
