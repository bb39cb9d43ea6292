"""The adversary's classifier: a small network on the shadow updates' principal components."""

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from fedser.arrays import Floats
from fedser.config import Section
from fedser.model.dropout import DropoutMasks


class AdversaryOptions(Section):
    """How the adversary learns; none of it is tuned on the target."""

    centred_on: Literal["shadow", "target"] = "shadow"
    """Whose mean is subtracted from the target's features. "shadow" is the paper's. "target" is stronger: the
    server sees all devices' updates, so it knows their mean without knowing any label."""
    components: int = Field(128, ge=1, le=100_000)
    """Principal axes of the shadow's updates that are kept."""
    hidden: int = Field(64, ge=1, le=8192)
    """Units of the network's hidden layer."""
    dropout: float = Field(0.3, ge=0, lt=1)
    """Probability that a unit is set to 0."""
    epochs: int = Field(150, ge=1, le=1_000_000)
    """Steps, each on all shadow updates."""
    learning_rate: float = Field(1e-3, gt=0)
    """Of AdamW."""
    weight_decay: float = Field(1e-2, ge=0)
    """Of AdamW."""


@dataclass(frozen=True, eq=False)
class Projection:
    """z-scores by the shadow's mean and deviation per element, then the shadow's principal axes.

    n shadow updates span at most n directions, so nothing that a network trained on them could use is lost,
    while ∇W of a first layer has tens of thousands of elements.
    """

    mean: Floats
    std: Floats
    axes: Floats
    """(f, components)"""
    scale: float

    @classmethod
    def fit(cls, shadow: Floats, components: int) -> Self:
        """Return the projection for shadow features (n, f); constant elements are kept out by std 1."""
        mean, std = shadow.mean(axis=0), shadow.std(axis=0)
        std = np.where(std > 1e-6 * np.abs(std).max(), std, 1.0).astype(np.float32)
        z = (shadow - mean) / std
        values, vectors = np.linalg.eigh((z @ z.T).astype(np.float64))
        kept = np.flatnonzero(values > 1e-6 * max(values[-1], 1e-30))[::-1][:components]
        axes = (z.T @ vectors[:, kept] / np.sqrt(values[kept])).astype(np.float32)
        scale = float(np.sqrt(np.mean((z @ axes) ** 2)))
        return cls(mean, std, axes, scale or 1.0)

    def apply(self, rows: Floats, mean: Floats | None = None) -> Floats:
        """Return features (n, f) as coordinates (n, components); `mean` (f,) replaces the shadow's."""
        centred = rows - (self.mean if mean is None else mean)
        projected: Floats = (centred / self.std @ self.axes / self.scale).astype(np.float32)
        return projected


class Adversary:
    """One hidden layer, ReLU, dropout; AdamW on all shadow updates at once, classes weighted equally."""

    def __init__(self, options: AdversaryOptions, stream: np.random.Generator) -> None:
        self._options, self._stream = options, stream
        self._weights: list[Tensor] = []

    def fit(self, rows: Floats, classes: NDArray[np.int64]) -> Self:
        """Learn classes 0, 1, … (n,) from coordinates (n, d)."""
        count = int(classes.max()) + 1
        self._weights = self._initial(rows.shape[1], count)
        optimiser = torch.optim.AdamW(
            self._weights, lr=self._options.learning_rate, weight_decay=self._options.weight_decay
        )
        x, y = torch.from_numpy(rows), torch.from_numpy(classes)
        balance = torch.from_numpy(len(classes) / (count * np.bincount(classes)).astype(np.float32))
        masks = DropoutMasks(self._stream)
        for _ in range(self._options.epochs):
            optimiser.zero_grad()
            nn.functional.cross_entropy(self._logits(x, masks), y, balance).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        return self

    def log_probabilities(self, rows: Floats) -> NDArray[np.float64]:
        """Return log P(class) (n, classes) for coordinates (n, d)."""
        with torch.no_grad():
            result: NDArray[np.float64] = self._logits(torch.from_numpy(rows)).double().log_softmax(dim=1).numpy()
        return result

    def _initial(self, inputs: int, classes: int) -> list[Tensor]:
        hidden = self._options.hidden
        shapes: list[tuple[tuple[int, ...], int]] = [
            ((hidden, inputs), inputs),
            ((hidden,), inputs),
            ((classes, hidden), hidden),
            ((classes,), hidden),
        ]
        draw = self._stream.uniform
        return [
            torch.from_numpy(draw(-1, 1, shape).astype(np.float32) / np.float32(np.sqrt(fan))).requires_grad_()
            for shape, fan in shapes
        ]

    def _logits(self, x: Tensor, masks: DropoutMasks | None = None) -> Tensor:
        first, first_bias, second, second_bias = self._weights
        hidden = nn.functional.relu(nn.functional.linear(x, first, first_bias))
        if masks:
            hidden = masks.drop(hidden, self._options.dropout)
        return nn.functional.linear(hidden, second, second_bias)
