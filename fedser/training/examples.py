"""Embeddings with labels: what training and evaluation work on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True)
class Examples:
    """n utterances as acoustic (n, a) and lexical (n, l) embeddings and labels (n, 2): activation, valence."""

    acoustic: Tensor
    lexical: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, positions: NDArray[np.int64]) -> "Examples":
        """Return copies of some utterances, in the order given."""
        rows = torch.from_numpy(np.ascontiguousarray(positions))
        return Examples(self.acoustic[rows], self.lexical[rows], self.labels[rows])

    @classmethod
    def join(cls, parts: Sequence[Self]) -> "Examples":
        """Return several sets as one, in order; a single one as it is."""
        if len(parts) == 1:
            return parts[0]
        return Examples(
            torch.cat([part.acoustic for part in parts]),
            torch.cat([part.lexical for part in parts]),
            torch.cat([part.labels for part in parts]),
        )
