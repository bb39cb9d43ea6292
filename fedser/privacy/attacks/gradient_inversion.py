"""Gradient inversion: normalised embeddings from the gradient of the layer that takes them.

With y = W (x̂ ∘ gain + shift) + b, the layer's gradient is G = Σ δᵢ x̂ᵢᵀ (gain and shift undone) and ∇b = Σ δᵢ.

* One utterance: every row of G is ∇b_r · x̂, so x̂ = Gᵀ∇b / ‖∇b‖² exactly (Phong et al. 2018, IEEE TIFS 13:1333).
* Several: row r gives G_r/∇b_r, a mixture of the utterances with weights that add up to 1. Where unit r was
  dropped for all utterances but one, it is that one exactly; where it is inactive for all but one, nearly so. A
  normalised embedding has length √d, a mixture most often not: so the adversary can tell which rows are pure.

Rows are a lower bound on what leaks: attacks that use the zeros across rows (Dimitrov et al. 2024, SPEAR, arXiv
2403.03945) or fit the gradient by optimisation may recover more of larger batches.
"""

import numpy as np

from fedser.arrays import Doubles
from fedser.privacy.attacks.update import LayerGradient


def normalised_input(x: Doubles, eps: float = 1e-5) -> Doubles:
    """Return LayerNorm of inputs (n, d) without gain and shift: what inversion recovers."""
    centred = x - x.mean(axis=1, keepdims=True)
    result: Doubles = centred / np.sqrt(np.mean(centred**2, axis=1, keepdims=True) + eps)
    return result


def invert(gradient: LayerGradient, count: int) -> Doubles:
    """Return up to `count` candidates (k, inputs) for the normalised inputs behind a layer's gradient.

    `count` is how many utterances the adversary believes the update holds. Candidates differ from one another
    (cosine < .99) and come in the order of the adversary's own confidence. A gradient of 0 gives none.
    """
    if count < 1:
        raise ValueError(f"inversion needs a count of at least 1, got {count}")
    rows, bias = gradient.of_normalised_inputs(), gradient.bias
    if not bias.any():
        return np.zeros((0, rows.shape[1]))
    if count == 1:
        return (bias @ rows / (bias @ bias))[None]
    usable = np.abs(bias) > 1e-3 * np.abs(bias).max()
    ratios = _of_rank(rows, count)[usable] / bias[usable, None]
    doubt = np.abs(np.log(np.maximum((ratios**2).mean(axis=1), 1e-300)))
    return _distinct(ratios[np.argsort(doubt)], count)


def _of_rank(rows: Doubles, count: int) -> Doubles:
    """Return the nearest matrix of rank `count`: n utterances make no more, the rest is rounding."""
    u, s, vt = np.linalg.svd(rows, full_matrices=False)
    nearest: Doubles = (u[:, :count] * s[:count]) @ vt[:count]
    return nearest


def _distinct(ordered: Doubles, count: int) -> Doubles:
    """Return the first `count` rows none of which has a cosine of .99 or more with an earlier one."""
    unit = ordered / np.maximum(np.linalg.norm(ordered, axis=1, keepdims=True), 1e-300)
    kept: list[int] = []
    for k in range(len(unit)):
        if not kept or (unit[kept] @ unit[k]).max() < 0.99:
            kept.append(k)
        if len(kept) == count:
            break
    return ordered[kept]


def best_cosines(candidates: Doubles, truth: Doubles) -> Doubles:
    """Return for each true row (n, d) the largest cosine over the candidates (k, d); 0 where there are none."""
    if len(candidates) == 0:
        return np.zeros(len(truth))
    a, b = (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-300) for rows in (truth, candidates))
    best: Doubles = (a @ b.T).max(axis=1)
    return best
