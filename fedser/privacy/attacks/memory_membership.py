"""Membership of the episodic memory: which utterances of its past a device keeps.

The candidates are all training utterances of an environment that the device has left. It trained on all of them
when it was there; only those in its memory are used again afterwards. They are ranked by what the model that
leaves the device says of them, or by whether they lie in the row space of its updates (`row_space`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from fedser.arrays import Doubles
from fedser.config import Section
from fedser.errors import UserError
from fedser.privacy.attacks.interval import Interval, Null
from fedser.privacy.attacks.roc import auc, tpr_at_fpr
from fedser.seeding import generator

LOSS = (
    "The adversary sees the model that leaves a device and holds the candidates themselves: embeddings and labels "
    "of all utterances that the device trained on in an environment it has left; it does not know which of them "
    "the device keeps."
)
SPACE = (
    "The adversary sees the first layer of the models that a device received and returned since it left an "
    "environment, knows from how many utterances it learnt, and holds the candidates' embeddings, without labels; "
    "it does not know which of them the device keeps."
)
RATIO = (
    "The adversary sees the models that a device received and returned since it left an environment, and holds "
    "the candidates, embeddings and labels. It knows all but which of them the device keeps: how the device "
    "trains, how many it keeps, what it newly heard, what it keeps of other environments. With that it lives "
    "every round again, many times, with memories drawn from the candidates."
)


class MembershipOptions(Section):
    """How membership is measured."""

    fpr: float = Field(0.01, ge=0, lt=1)
    """False-positive rate of the operating point."""
    draws: int = Field(1000, ge=100, le=100_000)
    """Of the bootstrap."""
    controls: int = Field(200, ge=2, le=100_000)
    """Of members drawn from non-members."""


@dataclass(frozen=True, eq=False)
class Trial:
    """Scores of one device's past utterances under one model: its memory's (m,) and all others' (n,).

    Trials of one `speaker`, of several devices, places or seeds, are not independent.
    """

    members: Doubles
    others: Doubles
    speaker: str

    @classmethod
    def of(cls, scores: Doubles, memory: NDArray[np.int64], speaker: str) -> Self:
        """Split scores (n,) of an environment's past training utterances by the positions (m,) in memory.

        Raises UserError unless two or more are in memory and two or more are not.
        """
        inside = np.zeros(len(scores), dtype=np.bool_)
        inside[memory] = True
        if inside.sum() < 2 or (~inside).sum() < 2:
            raise UserError(
                f"membership ({speaker}): {int(inside.sum())} of {len(scores)} utterances are in memory; the "
                "attack needs two inside and two outside: use a smaller memory.capacity"
            )
        return cls(scores[inside], scores[~inside], speaker)


@dataclass(frozen=True)
class MembershipFinding:
    """How well a memory's members are told from other utterances of the same past; chance: AUC .5, TPR = FPR."""

    auc: Interval
    tpr: Interval
    """At the options' FPR; trials are pooled after z-scoring each one's scores."""
    fpr: float
    control: Null
    """AUC where the members are drawn at random from the non-members."""
    n_members: int
    n_others: int
    trials: int
    speakers: int


def infer_membership(
    trials: Sequence[Trial], options: MembershipOptions | None = None, seed: int = 0
) -> MembershipFinding:
    """Return AUC and TPR at a low FPR, with intervals over speakers."""
    options = options or MembershipOptions()
    if not trials:
        raise UserError("membership of the memory: no trial was given; a device must have left an environment")
    speakers = _by_speaker(trials)
    return MembershipFinding(
        auc=_auc(speakers, options, generator(seed, "membership", "speakers resampled")),
        tpr=_tpr(speakers, options, generator(seed, "membership", "resampled")),
        fpr=options.fpr,
        control=Null.of([_null_auc(trials, generator(seed, "membership", k)) for k in range(options.controls)]),
        n_members=sum(len(trial.members) for trial in trials),
        n_others=sum(len(trial.others) for trial in trials),
        trials=len(trials),
        speakers=len(speakers),
    )


def matched_others(
    memory: NDArray[np.int64], strata: NDArray[np.int64], stream: np.random.Generator
) -> NDArray[np.int64]:
    """Return positions of non-members, as many per stratum as members allow, in the members' proportions.

    `strata` (n,) is, say, the bin of the label. Strata without non-members are left out of both by the caller;
    raises UserError if no stratum has both.
    """
    inside = np.zeros(len(strata), dtype=np.bool_)
    inside[memory] = True
    kinds = np.unique(strata[inside])
    rooms = {int(k): np.flatnonzero((strata == k) & ~inside) for k in kinds}
    wanted = {int(k): int((inside & (strata == k)).sum()) for k in kinds}
    ratios = [len(rooms[k]) / wanted[k] for k in rooms if len(rooms[k])]
    if not ratios:
        raise UserError("membership: no stratum holds both members and others; the memory keeps all of each")
    chosen = [
        stream.choice(room, min(len(room), max(1, int(min(ratios) * wanted[k]))), replace=False)
        for k, room in rooms.items()
        if len(room)
    ]
    return np.sort(np.concatenate(chosen)).astype(np.int64)


def _by_speaker(trials: Sequence[Trial]) -> list[list[Trial]]:
    speakers: dict[str, list[Trial]] = {}
    for trial in trials:
        speakers.setdefault(trial.speaker, []).append(trial)
    return list(speakers.values())


def _auc(speakers: Sequence[Sequence[Trial]], options: MembershipOptions, stream: np.random.Generator) -> Interval:
    """Return the mean over speakers of the mean AUC of a speaker's trials, with a bootstrap over speakers."""
    means = np.array([np.mean([auc(trial.members, trial.others) for trial in own]) for own in speakers])
    rows = stream.integers(len(means), size=(options.draws, len(means)))
    return Interval.of_clusters(float(means.mean()), means[rows].mean(axis=1), len(means)).within(0.0, 1.0)


def _tpr(speakers: Sequence[Sequence[Trial]], options: MembershipOptions, stream: np.random.Generator) -> Interval:
    """Return the TPR over the pooled trials, with a bootstrap over speakers."""
    pooled = [[_standardised(trial) for trial in own] for own in speakers]
    sides = [[np.concatenate([trial[side] for trial in own]) for side in (0, 1)] for own in pooled]

    def of(rows: NDArray[np.int64]) -> float:
        members, others = (np.concatenate([sides[k][side] for k in rows]) for side in (0, 1))
        return tpr_at_fpr(members, others, options.fpr)

    everyone = np.arange(len(sides))
    draws = [of(stream.integers(len(sides), size=len(sides))) for _ in range(options.draws)]
    return Interval.of_clusters(of(everyone), draws, len(sides)).within(0.0, 1.0)


def _standardised(trial: Trial) -> tuple[Doubles, Doubles]:
    """Return scores as z-scores over all of a trial's utterances, which needs no knowledge of the members."""
    scores = np.concatenate([trial.members, trial.others])
    std = scores.std() or 1.0
    return (trial.members - scores.mean()) / std, (trial.others - scores.mean()) / std


def _null_auc(trials: Sequence[Trial], stream: np.random.Generator) -> float:
    """Return the mean AUC where each trial's members are drawn from its others, at most half of them."""
    values = []
    for trial in trials:
        shuffled = stream.permutation(trial.others)
        count = min(len(trial.members), len(shuffled) // 2)
        values.append(auc(shuffled[:count], shuffled[count:]))
    return float(np.mean(values))
