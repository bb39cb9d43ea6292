"""Embeddings with labels: what models learn from and are scored on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True)
class Examples:
    """n utterances as acoustic (n, a) and lexical (n, l) embeddings and labels (n, 2): activation, valence.

    Labels that nobody gave are NaN. `outputs` (n, 2): what the model gave for them, before tanh, when they were
    stored; None where nobody kept it.
    """

    acoustic: Tensor
    lexical: Tensor
    labels: Tensor
    outputs: Tensor | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def labelled(self) -> Tensor:
        """Which utterances (n,) have both labels."""
        return self.labels.isfinite().all(dim=1)

    def without_labels(self) -> "Examples":
        """Return the same utterances, as heard by who is told no label of any."""
        return replace(self, labels=torch.full_like(self.labels, torch.nan))

    def take(self, positions: NDArray[np.int64]) -> "Examples":
        """Return copies of some utterances, in the order given."""
        rows = torch.from_numpy(np.ascontiguousarray(positions))
        outputs = None if self.outputs is None else self.outputs[rows]
        return Examples(self.acoustic[rows], self.lexical[rows], self.labels[rows], outputs)

    def with_outputs(self, outputs: Tensor) -> "Examples":
        """Return the same utterances with what the model gives for them, (n, 2)."""
        return replace(self, outputs=outputs)

    @classmethod
    def join(cls, parts: "Sequence[Examples]") -> "Examples":
        """Return several sets as one, in order; a single one as it is. Outputs stay where all parts have them."""
        if len(parts) == 1:
            return parts[0]
        kept = [part.outputs for part in parts if part.outputs is not None]
        return Examples(
            torch.cat([part.acoustic for part in parts]),
            torch.cat([part.lexical for part in parts]),
            torch.cat([part.labels for part in parts]),
            torch.cat(kept) if len(kept) == len(parts) else None,
        )
