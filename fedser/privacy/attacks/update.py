"""A device's update as the server sees it, and the pseudo-gradient of one layer in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from fedser.arrays import Doubles
from fedser.errors import UserError, did_you_mean
from fedser.model import FlatParameters


@dataclass(frozen=True, eq=False)
class Update:
    """What a device sent in one round, with the truth that an attack is scored against.

    `before` and `after` (p,) are the parameters it received and returned; memory-mapped files will do, only
    the attacked layers are read. `speaker` must be unique over corpora, such as "RAVDESS/03"; `attribute` is the
    owner's, such as "female". The adversary knows neither of a device under attack.
    """

    before: NDArray[np.floating]
    after: NDArray[np.floating]
    learning_rate: float
    steps: int
    device: str
    round: int
    speaker: str
    attribute: str = ""

    def __post_init__(self) -> None:
        if self.before.ndim != 1 or self.before.shape != self.after.shape:
            raise ValueError(f"an update needs two (p,), got {self.before.shape} and {self.after.shape}")
        if not self.learning_rate > 0 or self.steps < 1:
            raise ValueError(
                f"device {self.device}, round {self.round}: a pseudo-gradient needs a learning rate above 0 and "
                f"one step or more, got {self.learning_rate} and {self.steps}; leave out who did not train"
            )


@dataclass(frozen=True)
class ParameterLayout:
    """Where each parameter lies in the vector (p,): name → (start, shape)."""

    places: Mapping[str, tuple[int, tuple[int, ...]]]

    @classmethod
    def of(cls, parameters: FlatParameters) -> Self:
        """Return the layout of a model's vector."""
        places, start = {}, 0
        for name, view in parameters.views_of(parameters.vector).items():
            places[name] = (start, tuple(view.shape))
            start += view.numel()
        return cls(places)

    @property
    def layers(self) -> tuple[str, ...]:
        """Return the linear layers in order: "trunk.0", …, "lexical", "activation.0", …"""
        return tuple(name.removesuffix(".weight") for name in self.places if name.endswith(".weight"))

    def part(self, vector: NDArray[np.floating], name: str) -> Doubles:
        """Return one parameter of a vector (p,) in float64."""
        start, shape = self.places[name]
        return np.asarray(vector[start : start + int(np.prod(shape))], dtype=np.float64).reshape(shape)


@dataclass(frozen=True, eq=False)
class LayerGradient:
    """∇W (outputs, inputs) and ∇b (outputs,) of a layer, and the gain and shift (inputs,) of its LayerNorm.

    For a layer y = W (x̂ ∘ gain + shift) + b and errors δ (n, outputs): ∇W = Σ δᵢ (x̂ᵢ ∘ gain + shift)ᵀ, ∇b = Σ δᵢ.
    """

    weight: Doubles
    bias: Doubles
    gain: Doubles
    shift: Doubles

    def of_normalised_inputs(self) -> Doubles:
        """Return Σ δᵢ x̂ᵢᵀ (outputs, inputs), the known gain and shift undone."""
        rows: Doubles = (self.weight - np.outer(self.bias, self.shift)) / self.gain
        return rows


def layer_gradient(update: Update, layout: ParameterLayout, layer: str) -> LayerGradient:
    """Return a layer's pseudo-gradient (θ_before − θ_after)/(lr · steps) (Feng et al. 2021, arXiv 2112.13416).

    It equals the gradient for one step, and is the mean of the steps' gradients otherwise. Gain and shift are
    those that the server sent. Raises UserError for a layer that the model has not.
    """
    if layer not in layout.layers:
        raise UserError(f'attack: the model has no layer "{layer}"{did_you_mean(layer, layout.layers)}')
    scale = update.learning_rate * update.steps

    def change(name: str) -> Doubles:
        return (layout.part(update.before, name) - layout.part(update.after, name)) / scale

    gain, shift = (layout.part(update.before, f"{layer}.{name}") for name in ("gain", "shift"))
    return LayerGradient(change(f"{layer}.weight"), change(f"{layer}.bias"), gain, shift)
