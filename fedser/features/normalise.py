"""z-scores of hand-made features; the statistics are fitted once and travel with the model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

CLIP = 4.0


@dataclass(frozen=True, eq=False)
class Standardiser:
    """Subtracts the mean, divides by the standard deviation and clips to ±`clip` (None: not at all).

    Fit it on the training split of the **first** environment only: a device cannot know the statistics of
    places it has not been to.
    """

    mean: NDArray[np.float64]
    std: NDArray[np.float64]
    clip: float | None = CLIP

    def __post_init__(self) -> None:
        if self.mean.ndim != 1 or self.mean.shape != self.std.shape:
            raise ValueError(f"mean and std must be two (d,), got {self.mean.shape} and {self.std.shape}")
        if not (np.isfinite(self.mean).all() and np.isfinite(self.std).all() and (self.std > 0).all()):
            raise ValueError("mean and std must be finite, and std above 0")
        if self.clip is not None and not self.clip > 0:
            raise ValueError(f"clip must be above 0, got {self.clip}")

    @classmethod
    def fit(cls, vectors: ArrayLike, clip: float | None = CLIP) -> Self:
        """Return the statistics of (n, d) in float64, ddof 0; a constant feature gets std 1."""
        x = np.asarray(vectors, dtype=np.float64)
        if x.ndim != 2 or len(x) == 0:
            raise ValueError(f"a standardiser is fitted on (n, d) with n ≥ 1, got shape {x.shape}")
        # Compared, not computed: the deviation of a constant need not round to 0.
        constant = x.max(axis=0) == x.min(axis=0)
        return cls(x.mean(axis=0), np.where(constant, 1.0, x.std(axis=0)), clip)

    @classmethod
    def identity(cls, dimension: int) -> Self:
        """Return the one that changes nothing, for learned encoders."""
        return cls(np.zeros(dimension), np.ones(dimension), None)

    def apply(self, vectors: ArrayLike) -> NDArray[np.float32]:
        """Return float32 z-scores of (n, d)."""
        scores = (np.asarray(vectors, dtype=np.float64) - self.mean) / self.std
        if self.clip is not None:
            np.clip(scores, -self.clip, self.clip, out=scores)
        return scores.astype(np.float32)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, fit for JSON without loss."""
        return {"mean": self.mean.tolist(), "std": self.std.tolist(), "clip": self.clip}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return the one that `to_dict` described."""
        mean, std = (np.array(values[key], dtype=np.float64) for key in ("mean", "std"))
        return cls(mean, std, values["clip"])
