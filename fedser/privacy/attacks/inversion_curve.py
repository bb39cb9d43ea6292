"""How inversion decays with the batch size and the number of local steps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from fedser.errors import UserError
from fedser.model import FlatParameters, Regressor
from fedser.privacy.attacks.gradient_inversion import best_cosines, invert, normalised_input
from fedser.privacy.attacks.interval import Interval
from fedser.privacy.attacks.local_steps import Loss, take_steps
from fedser.privacy.attacks.update import ParameterLayout, Update, layer_gradient
from fedser.seeding import generator
from fedser.training import Examples

EXACT = 0.999
"""Cosine above which an embedding counts as recovered."""


@dataclass(frozen=True)
class InversionFinding:
    """How near the candidates come to the embeddings behind an update of `steps` steps of `batch` utterances."""

    batch: int
    steps: int
    loss: Loss
    cosine: Interval
    """Over trials: mean over the update's utterances of the best candidate's cosine."""
    control: Interval
    """The same candidates against as many utterances that the update never saw."""
    exact: float
    """Share of utterances recovered with a cosine above .999."""
    silent: float
    """Share of trials whose update is 0, as a CCC step's is where all labels are equal: left out of the above."""
    n: int
    """Trials."""
    statement: str


@dataclass(frozen=True)
class Victim:
    """A device to be attacked: its model at the parameters it received, what it hears, and how it learns."""

    model: Regressor
    parameters: FlatParameters
    examples: Examples
    learning_rate: float = 1e-3
    loss: Loss = "ccc"


def inversion_curve(
    victim: Victim, settings: Sequence[tuple[int, int]], trials: int = 10, seed: int = 0
) -> list[InversionFinding]:
    """Return a finding for each (batch, steps); every step hears new utterances, drawn at random.

    The parameters go through float32 as they do in a message. Afterwards the model is where it started from.
    Raises UserError where the victim has fewer than twice the utterances of a setting: the control needs as many.
    """
    start = victim.parameters.vector.clone()
    found = []
    for batch, steps in settings:
        if 2 * batch * steps > len(victim.examples):
            raise UserError(
                f"inversion of {steps} steps of {batch} needs {2 * batch * steps} utterances, half of them as a "
                f"control, got {len(victim.examples)}"
            )
        results = np.array([_trial(victim, start, batch, steps, seed, k) for k in range(trials)])
        heard = results[~np.isnan(results[:, 0])]
        if len(heard) == 0:
            raise UserError(f"inversion: none of {trials} updates of {steps} steps of {batch} changed anything")
        cosine, control = (Interval.of_mean(heard[:, column]).within(-1.0, 1.0) for column in (0, 1))
        silent = 1 - len(heard) / trials
        exact, statement = float(heard[:, 2].mean()), _statement(batch, steps, victim.loss)
        found.append(
            InversionFinding(batch, steps, victim.loss, cosine, control, exact, silent, trials, statement)
        )
    victim.parameters.restore(start)
    return found


def _trial(
    victim: Victim, start: Tensor, batch: int, steps: int, seed: int, trial: int
) -> tuple[float, float, float]:
    """Return the mean best cosine with the update's utterances, that with unseen ones, and the exact share.

    All three are NaN for an update of 0.
    """
    count, key = batch * steps, (victim.loss, batch, steps, trial)
    drawn = generator(seed, "inversion", "utterances", *key).permutation(len(victim.examples))[: 2 * count]
    batches, unseen = np.split(drawn[:count], steps), drawn[count:]
    parameters = victim.parameters
    parameters.restore(start)
    dropout = generator(seed, "inversion", "dropout", *key)
    take_steps(victim.model, parameters, victim.examples, batches, victim.learning_rate, victim.loss, dropout)
    update = Update(start.numpy(), parameters.vector.numpy(), victim.learning_rate, steps, "0", 1, "")
    candidates = invert(layer_gradient(update, ParameterLayout.of(parameters), "trunk.0"), count)
    if len(candidates) == 0:
        return np.nan, np.nan, np.nan
    inputs = normalised_input(victim.examples.acoustic.double().numpy())
    best = best_cosines(candidates, inputs[drawn[:count]])
    return float(best.mean()), float(best_cosines(candidates, inputs[unseen]).mean()), float((best > EXACT).mean())


def _statement(batch: int, steps: int, loss: Loss) -> str:
    kind = "1 − CCC" if loss == "ccc" else "a squared error per utterance"
    return (
        f"The adversary sees the model sent to a device and the one it returns after {steps} step(s) on {batch} "
        f"utterance(s) each under {kind}, and knows the architecture and these numbers; it has no speech and no "
        "label."
    )
