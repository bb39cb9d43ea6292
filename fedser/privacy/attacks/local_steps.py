"""The steps that a device takes, for measuring what they reveal: a CCC step, or one of a loss per utterance."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from fedser.errors import UserError
from fedser.model import FlatParameters, GradientSheet, Regressor
from fedser.model.dropout import DropoutMasks
from fedser.training import Examples
from fedser.training.loss import ccc_loss

Loss = Literal["ccc", "squared"]


def take_steps(
    model: Regressor,
    parameters: FlatParameters,
    examples: Examples,
    batches: Sequence[NDArray[np.int64]],
    learning_rate: float,
    loss: Loss,
    stream: np.random.Generator,
) -> None:
    """Descend once per batch of positions, with dropout, as training does.

    A CCC step on one utterance has no gradient: both terms of ∂CCC/∂p ∝ (t − mean t) − CCC · (p − mean t) are 0,
    since nothing covaries. It is refused, as training skips it; the smallest CCC step has two. `squared` is
    Σ (prediction − label)²/n, a loss that one utterance does have.
    """
    if loss == "ccc" and min(len(batch) for batch in batches) < 2:
        raise UserError("a CCC step on one utterance changes nothing; use two or more, or the squared loss")
    for batch in batches:
        part = examples.take(batch)
        sheet = GradientSheet(parameters, [(0, len(part))])
        prediction = model(part.acoustic, part.lexical, DropoutMasks(stream), sheet)
        prediction.backward(_gradient(prediction, part.labels, loss))
        parameters.vector.add_(sheet.matrix[0], alpha=-learning_rate)


def _gradient(prediction: Tensor, labels: Tensor, loss: Loss) -> Tensor:
    if loss == "ccc":
        return ccc_loss(prediction, labels)[1]
    return 2 * (prediction.detach() - labels) / len(labels)
