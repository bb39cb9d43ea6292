"""Which utterances of its past a device keeps, from the models that it received and returned last."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from clients.device_store import DeviceStore
from clients.sharing import Sharing
from fedser.device import Life, World
from fedser.device.items import Items
from fedser.errors import UserError
from fedser.privacy.attacks import MembershipFinding, Trial, by_gain, by_influence, by_loss, infer_membership
from fedser.protocol import Arm
from fedser.seeding import generator
from fedser.training import predict
from simulations.privacy_studies.attacked import Attacked, Received
from simulations.privacy_studies.config import MembershipSection
from simulations.privacy_studies.rows import Row, chance, of_null, row

Doubles = NDArray[np.float64]
View = Callable[[int, int, int, Tensor], Tensor]
"""(seed, round, device, update (k,)) → the update as the adversary sees it."""

BORROWED = (
    " This arm keeps no memory: the members are those that {arm} keeps of the same speech, so that what is found "
    "is not due to a memory."
)


@dataclass(frozen=True, eq=False)
class Past:
    """A device's candidates from a place it has left, those it keeps (positions), and the models' predictions."""

    cluster: str
    memory: NDArray[np.int64]
    labels: Doubles
    before: Doubles
    after: Doubles
    untrained: Doubles


def membership_rows(attacked: Attacked, arm: Arm, options: MembershipSection, seed: int) -> list[Row]:
    """Return AUC, TPR at the low FPR, and the AUC of an untrained model, for every score.

    Only of arms that share the whole model: whoever lacks the heads cannot predict.
    """
    keeper = arm if arm.memory != "none" else keeping_arm(attacked, arm)
    if keeper is None or arm.mode != "federated":
        return []
    name, rows = arm.name, []
    pasts = list(pasts_of(attacked, arm, keeper, range(attacked.config.seeds)))
    for score in options.scores:
        found = infer(pasts, score, options, seed, name)
        extra = "" if keeper == arm else BORROWED.format(arm=keeper.name)
        rows += _rows(name, score, found, found.statement + extra)
    return rows


def infer(pasts: list[Past], score: str, options: MembershipSection, seed: int, name: str) -> MembershipFinding:
    """Return the finding for one score; raises UserError where no device has left a place with enough in it."""
    if not pasts:
        raise UserError(
            f"membership ({name}): no device has left a place in which it heard at least two utterances more than "
            "it keeps; run more rounds, or take a smaller memory.capacity"
        )
    trials, untrained = [], []
    for past in pasts:
        trials.append(Trial.of(_scores(score, past.before, past.after, past.labels), past.memory, past.cluster))
        scores = _scores("loss", past.untrained, past.untrained, past.labels)
        untrained.append(Trial.of(scores, past.memory, past.cluster))
    return infer_membership(trials, options.options(), seed, untrained)


def keeping_arm(attacked: Attacked, like: Arm) -> Arm | None:
    """Return the first arm of the same mode and rule that has a memory."""
    alike = (arm for arm in attacked.arms if (arm.mode, arm.rule) == (like.mode, like.rule))
    return next((arm for arm in alike if arm.memory != "none"), None)


def pasts_of(attacked: Attacked, arm: Arm, keeper: Arm, seeds: range, view: View | None = None) -> Iterator[Past]:
    """Yield the past of every device of every seed: places it left before the last round it took part in."""
    for seed in seeds:
        world = attacked.world(seed)
        life = Life(world, arm)
        sharing = Sharing.of(arm.mode, life.model)
        rounds = {received.round: received for received in attacked.received(seed, arm)}
        for device in range(attacked.config.devices.count):
            folder = attacked.run / "devices" / str(device) / f"seed-{seed}" / keeper.folder
            state = DeviceStore(folder).before(attacked.config.rounds + 1)
            if state.round not in rounds or device not in rounds[state.round].updates:
                continue
            received = rounds[state.round]
            update = received.updates[device]
            seen = update if view is None else view(seed, state.round, device, update)
            models = _models(life, sharing, received, seen)
            here = world.place(device, state.round)
            for place, kept in state.memory.of_others(here):
                candidates = heard_at(world, device, place, state.round)
                yield from _past(world, life, models, candidates, kept, f"seed {seed}")


def heard_at(world: World, device: int, place: int, until: int) -> Items:
    """Return what a device heard in a place and could train on by a round, each utterance once."""
    parts = []
    for round in range(1, until + 1):
        if world.place(device, round) == place or place < 0:
            items, labelled_in = world.heard(device, round)
            parts.append(items.take((labelled_in >= 0) & (labelled_in <= until)))
    return Items.join(parts).last_distinct()


def _past(
    world: World, life: Life, models: Mapping[str, Tensor], candidates: Items, kept: Items, cluster: str
) -> Iterator[Past]:
    keys = {key: k for k, key in enumerate(zip(candidates.conditions, candidates.positions, strict=True))}
    wanted = zip(kept.conditions, kept.positions, strict=True)
    memory = np.array([keys[key] for key in wanted if key in keys], dtype=np.int64)
    if len(memory) < 2 or len(candidates) - len(memory) < 2:
        return
    examples = candidates.examples(world.training)
    predictions = {}
    for name, model in models.items():
        life.parameters.restore(model)
        predictions[name] = predict(life.model, examples)
    yield Past(cluster, memory, examples.labels.double().numpy(), **predictions)


def _models(life: Life, sharing: Sharing, received: Received, update: Tensor) -> dict[str, Tensor]:
    """Return the models (p,) sent, returned and never trained; what is not shared is as it was drawn."""
    life.model.initialise(generator(life.world.seed, "membership", "untrained"))
    untrained = life.parameters.vector.clone()
    before, after = received.before, received.before + update
    return {
        "before": sharing.merge(untrained, before),
        "after": sharing.merge(untrained, after),
        "untrained": untrained,
    }


def _scores(score: str, before: Doubles, after: Doubles, labels: Doubles) -> Doubles:
    if score == "gain":
        return by_gain(before, after, labels)
    return by_loss(after, labels) if score == "loss" else by_influence(after, labels)


def _rows(arm: str, score: str, found: MembershipFinding, statement: str) -> list[Row]:
    null, n = of_null(found.control), found.n_members + found.n_others
    p_value = found.control.p_value(found.auc.estimate)
    rows = [
        row("membership", score, "auc", arm, found.auc, null, n, statement, p_value=p_value),
        row("membership", score, "tpr", arm, found.tpr, chance(found.fpr), n, statement),
    ]
    if found.random_model and score == "loss":
        rows.append(row("membership", "untrained", "auc", arm, found.random_model, null, n, statement))
    return rows
