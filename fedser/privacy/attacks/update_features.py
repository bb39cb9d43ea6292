"""What an adversary computes from an update before it learns anything."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from fedser.arrays import Doubles
from fedser.privacy.attacks.update import LayerGradient, ParameterLayout, Update, layer_gradient

Features = Literal["gradient", "inputs"]
"""`gradient`: ∇W ⊕ ∇b as in Feng et al. 2021. `inputs`: the centre of the layer's inputs, see `input_centre`."""


def features(
    updates: Sequence[Update], layout: ParameterLayout, layer: str, kind: Features, ridge: float
) -> NDArray[np.float32]:
    """Return one row per update, (n, f)."""
    rows = []
    for update in updates:
        gradient = layer_gradient(update, layout, layer)
        row = flat(gradient) if kind == "gradient" else input_centre(gradient, ridge)
        rows.append(row.astype(np.float32))
    return np.stack(rows)


def flat(gradient: LayerGradient) -> Doubles:
    """Return ∇W ⊕ ∇b as one vector."""
    return np.concatenate([gradient.weight.reshape(-1), gradient.bias])


def input_centre(gradient: LayerGradient, ridge: float = 0.1) -> Doubles:
    """Return the direction (inputs,), of length 1, that all inputs of a layer have in common.

    With G = Σ δᵢ x̂ᵢᵀ and ∇b = Σ δᵢ, a vector u with x̂ᵢ·u = 1 for every utterance solves G u = ∇b. The shortest
    such u points to that point of the inputs' affine hull which is nearest to the origin. All x̂ᵢ have the same
    length, so this lies near their mean, whatever the errors δ were: an average of the device's normalised
    embeddings, without their labels. `ridge`, relative to the largest singular value of G, keeps out noise and
    the directions that the steps' drift adds. An update without any change gives 0.
    """
    rows = gradient.of_normalised_inputs()
    wide = rows.shape[1] > rows.shape[0]
    # The Gram matrix of the shorter side: a tenth of a singular value decomposition's time.
    gram = rows @ rows.T if wide else rows.T @ rows
    strongest = float(np.linalg.eigvalsh(gram)[-1])
    if strongest <= 0:
        return np.zeros(rows.shape[1])
    gram[np.diag_indices_from(gram)] += ridge**2 * strongest
    target = gradient.bias if wide else rows.T @ gradient.bias
    solution = linalg.solve(gram, target, assume_a="pos")
    centre: Doubles = rows.T @ solution if wide else solution
    length = float(np.linalg.norm(centre))
    return centre / length if length > 0 else centre
