"""The loss 1 − CCC per target, with its gradient in closed form."""

import torch
from torch import Tensor

from fedser.metrics.ccc import EPSILON


def ccc_loss(prediction: Tensor, target: Tensor, average: bool = False) -> tuple[float, Tensor]:
    """Return Σ over targets of 1 − CCC, and its gradient with respect to the predictions, both (n, targets).

    With CCC = 2c/D, D = var p + var t + (mean p − mean t)² + ε and population moments,
    ∂CCC/∂p_i = 2/(nD) · [(t_i − mean t) − CCC · (p_i − mean t)]. Moments in float64; the gradient in the
    predictions' type. `average` divides both by the number of targets. Utterances without a label (NaN) do not
    count; of fewer than two with one the loss is 0.
    """
    labelled = target.isfinite().all(dim=1)
    if not labelled.all():
        onto_all, value = torch.zeros_like(prediction), 0.0
        if labelled.sum() > 1:
            value, onto_all[labelled] = ccc_loss(prediction[labelled], target[labelled], average)
        return value, onto_all.detach()
    p, t = prediction.detach().double(), target.double()
    p_mean, t_mean = p.mean(0), t.mean(0)
    p_centred, t_centred = p - p_mean, t - t_mean
    covariance = (p_centred * t_centred).mean(0)
    spread = (p_centred**2).mean(0) + (t_centred**2).mean(0) + (p_mean - t_mean) ** 2 + EPSILON
    ccc = 2 * covariance / spread
    gradient = -2 / (len(p) * spread) * (t_centred - ccc * (p - t_mean))
    share = 1 / p.shape[1] if average else 1.0
    return float((1 - ccc).sum()) * share, (gradient * share).to(prediction.dtype)
