"""Embeddings back out of updates, by batch size and number of local steps, on the speech of one speaker."""

import numpy as np

from fedser.device import Life, World
from fedser.errors import ConfigError
from fedser.privacy.attacks import Interval, InversionFinding, Victim, inversion_curve
from fedser.privacy.attacks.local_steps import Loss
from fedser.training import Examples
from simulations.privacy_studies.attacked import Attacked
from simulations.privacy_studies.config import InversionSection
from simulations.privacy_studies.rows import Row, chance, row


def inversion_rows(attacked: Attacked, options: InversionSection, seed: int) -> list[Row]:
    """Return the decay of inversion for the first arm, at the model its server sent in the last round.

    The victim has all utterances of the speaker who spoke most. Raises ConfigError where that is too little.
    """
    arm = attacked.arms[0]
    if arm.mode != "federated":
        raise ConfigError(
            "[inversion]: the target's first arm must be a federated one, which sends the whole model"
        )
    world = attacked.world(0)
    life = Life(world, arm)
    *_, last = attacked.received(0, arm)
    life.parameters.restore(last.before)
    settings = [(batch, 1) for batch in options.batches] + [(options.steps_batch, k) for k in options.steps]
    examples = _most_spoken(world, max(batch * steps for batch, steps in settings))
    losses: dict[Loss, list[tuple[int, int]]] = {"squared": [], "ccc": []}
    for batch, steps in dict.fromkeys(settings):
        losses["squared" if batch == 1 else "ccc"].append((batch, steps))
    rows: list[Row] = []
    for loss, wanted in losses.items():
        victim = Victim(life.model, life.parameters, examples, attacked.config.training.learning_rate, loss)
        for finding in inversion_curve(victim, wanted, options.trials, seed):
            rows += _rows(arm.name, finding)
    return rows


def _most_spoken(world: World, most: int) -> Examples:
    """Return the speech of one speaker in the first environment, enough for an update of `most` and a control."""
    names, spoken_by = np.unique(world.conditions[0].candidates.speaker, return_inverse=True)
    owned = np.flatnonzero(spoken_by == np.bincount(spoken_by, minlength=len(names)).argmax())
    if 2 * most > len(owned):
        raise ConfigError(
            f"[inversion]: {most} utterances in an update need {2 * most} of one speaker, half of them as a "
            f"control, but no speaker has more than {len(owned)}; take smaller batches or fewer steps"
        )
    return world.training[0].take(owned)


def _rows(arm: str, found: InversionFinding) -> list[Row]:
    places = {"layer": "trunk.0", "batch": found.batch, "steps": found.steps}
    exact = Interval(found.exact, found.exact, found.exact)
    attack = found.loss
    return [
        row("inversion", attack, "cosine", arm, found.cosine, found.control, found.n, found.statement, **places),
        row("inversion", attack, "exact", arm, exact, chance(0.0), found.n, found.statement, **places),
    ]
