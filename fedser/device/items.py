"""What a device holds of the utterances it heard: where they lie, never a copy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from fedser.model import Examples


@dataclass(frozen=True)
class Items:
    """n utterances as heard: each a row of the training split of a *condition* (an environment as it then was)."""

    conditions: NDArray[np.int64]
    """(n,) index of the condition it was heard in."""
    positions: NDArray[np.int64]
    """(n,) row in that condition's training split."""
    noise: NDArray[np.float64]
    """(n, 2) what its owner's report adds to activation and valence; NaN for an utterance that is never rated."""
    outputs: NDArray[np.float32] | None = None
    """(n, 2) what the model gave for it, before tanh, when it was last learnt from; None where nobody keeps it."""

    def __len__(self) -> int:
        return len(self.positions)

    @classmethod
    def none(cls) -> "Items":
        """Return no utterances."""
        return cls(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 2)))

    @classmethod
    def heard(cls, condition: int, positions: NDArray[np.int64], noise: NDArray[np.float64]) -> "Items":
        """Return utterances (n,) heard in one condition, with the noise (n, 2) of their labels."""
        return cls(np.full(len(positions), condition, np.int64), positions, noise)

    @classmethod
    def join(cls, parts: Sequence["Items"]) -> "Items":
        """Return several sets as one, in order."""
        if not parts:
            return cls.none()
        kept = [_outputs_of(part) for part in parts] if any(part.outputs is not None for part in parts) else None
        return cls(
            np.concatenate([part.conditions for part in parts]),
            np.concatenate([part.positions for part in parts]),
            np.concatenate([part.noise for part in parts]),
            None if kept is None else np.concatenate(kept),
        )

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> "Items":
        """Return some of them, in the order given."""
        outputs = None if self.outputs is None else self.outputs[rows]
        return Items(self.conditions[rows], self.positions[rows], self.noise[rows], outputs)

    @property
    def rated(self) -> NDArray[np.bool_]:
        """Which of them (n,) their owner rates."""
        return np.isfinite(self.noise[:, 0] + self.noise[:, 1])

    def rated_only(self, which: NDArray[np.bool_]) -> "Items":
        """Return the same utterances, of which only some (n,) are ever rated."""
        return replace(self, noise=np.where(which[:, None], self.noise, np.nan))

    def with_outputs(self, outputs: NDArray[np.float32]) -> "Items":
        """Return the same utterances with what the model gives for them, (n, 2)."""
        return replace(self, outputs=outputs)

    def last_distinct(self) -> "Items":
        """Return each utterance once, at the place where it comes last."""
        keys = np.stack([self.conditions, self.positions], axis=1)[::-1]
        _, first_from_end = np.unique(keys, axis=0, return_index=True)
        return self.take(np.sort(len(self) - 1 - first_from_end))

    def examples(self, conditions: Sequence[Examples]) -> Examples:
        """Return embeddings, reported labels in [-1, 1], and outputs; `conditions` are the training splits."""
        first = conditions[0]
        acoustic = first.acoustic.new_empty((len(self), first.acoustic.shape[1]))
        lexical = first.lexical.new_empty((len(self), first.lexical.shape[1]))
        labels = first.labels.new_empty((len(self), 2))
        for condition in np.unique(self.conditions).tolist():
            rows = torch.from_numpy(np.flatnonzero(self.conditions == condition))
            part = conditions[condition].take(self.positions[rows.numpy()])
            acoustic[rows], lexical[rows], labels[rows] = part.acoustic, part.lexical, part.labels
        if self.noise.any():
            labels = (labels + torch.from_numpy(self.noise).to(labels.dtype)).clamp(-1.0, 1.0)
        outputs = None if self.outputs is None else torch.from_numpy(self.outputs)
        return Examples(acoustic, lexical, labels, outputs)


def _outputs_of(items: Items) -> NDArray[np.float32]:
    """Return (n, 2); NaN for utterances that have not been learnt from yet."""
    return np.full((len(items), 2), np.nan, np.float32) if items.outputs is None else items.outputs
