"""Membership of the episodic memory: which utterances of its past a device keeps.

The candidates are all training utterances of an environment that the device has left. It trained on all of them
when it was there; only those in its memory are used again afterwards. They are ranked by what the model that
leaves the device says of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import stats

from fedser.arrays import Doubles
from fedser.config import Section
from fedser.errors import UserError
from fedser.privacy.attacks.interval import LEVEL, Interval, Null
from fedser.privacy.attacks.roc import auc, delong_variance, tpr_at_fpr
from fedser.seeding import generator


class MembershipOptions(Section):
    """`fpr` of the operating point, `draws` of the bootstrap, `controls` of members drawn from non-members."""

    fpr: float = Field(0.01, ge=0, lt=1)
    draws: int = Field(1000, ge=100, le=100_000)
    controls: int = Field(200, ge=2, le=100_000)


@dataclass(frozen=True, eq=False)
class Trial:
    """Scores of one device's past utterances under one model: its memory's (m,) and all others' (n,).

    Trials of one `cluster` (the seed) share training data and so are not independent.
    """

    members: Doubles
    others: Doubles
    cluster: str

    @classmethod
    def of(cls, scores: Doubles, memory: NDArray[np.int64], cluster: str) -> Self:
        """Split scores (n,) of an environment's past training utterances by the positions (m,) in memory.

        Raises UserError unless two or more are in memory and two or more are not.
        """
        inside = np.zeros(len(scores), dtype=np.bool_)
        inside[memory] = True
        if inside.sum() < 2 or (~inside).sum() < 2:
            raise UserError(
                f"membership ({cluster}): {int(inside.sum())} of {len(scores)} utterances are in memory; the "
                "attack needs two inside and two outside: use a smaller memory.capacity"
            )
        return cls(scores[inside], scores[~inside], cluster)


@dataclass(frozen=True)
class MembershipFinding:
    """How well a memory's members are told from other utterances of the same past; chance: AUC .5, TPR = FPR."""

    auc: Interval
    tpr: Interval
    """At the options' FPR; trials of one seed are pooled after z-scoring each one's scores."""
    fpr: float
    control: Null
    """AUC where the members are drawn at random from the non-members."""
    random_model: Interval | None
    """AUC of the true members under a model that has never been trained, if trials of one were given.

    Where its interval misses .5, members differ from non-members before any training (as they do in a memory that
    is stratified by label): then compare with non-members matched by `matched_others`.
    """
    n_members: int
    n_others: int
    trials: int
    clusters: int
    statement: str


def infer_membership(
    trials: Sequence[Trial],
    options: MembershipOptions | None = None,
    seed: int = 0,
    random_model: Sequence[Trial] | None = None,
) -> MembershipFinding:
    """Return AUC and TPR at a low FPR over trials; with several clusters the intervals cover other seeds."""
    options = options or MembershipOptions()
    if not trials:
        raise UserError("membership of the memory: no trial was given; a device must have left an environment")
    return MembershipFinding(
        auc=_auc(trials),
        tpr=_tpr(trials, options, generator(seed, "membership", "resampled")),
        fpr=options.fpr,
        control=Null.of([_null_auc(trials, generator(seed, "membership", k)) for k in range(options.controls)]),
        random_model=_auc(random_model) if random_model else None,
        n_members=sum(len(trial.members) for trial in trials),
        n_others=sum(len(trial.others) for trial in trials),
        trials=len(trials),
        clusters=len(_by_cluster(trials)),
        statement=(
            "The adversary sees the model that leaves a device and holds the candidates themselves: embeddings "
            "and labels of all utterances that the device trained on in an environment it has left; it does not "
            "know which of them the device keeps."
        ),
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


def _by_cluster(trials: Sequence[Trial]) -> list[list[Trial]]:
    clusters: dict[str, list[Trial]] = {}
    for trial in trials:
        clusters.setdefault(trial.cluster, []).append(trial)
    return list(clusters.values())


def _auc(trials: Sequence[Trial]) -> Interval:
    """Return the mean over clusters of the mean AUC of a cluster's trials.

    With several clusters Student's t over their means, which covers the differences between seeds. With one, the
    trials' variances after DeLong: it covers the choice of utterances only, not another seed.
    """
    clusters = _by_cluster(trials)
    means = [float(np.mean([auc(trial.members, trial.others) for trial in cluster])) for cluster in clusters]
    if len(clusters) > 1:
        interval = Interval.of_mean(means)
    else:
        variance = sum(delong_variance(trial.members, trial.others) for trial in trials) / len(trials) ** 2
        half = float(stats.norm.ppf((1 + LEVEL) / 2) * np.sqrt(variance))
        interval = Interval(means[0], means[0] - half, means[0] + half)
    return interval.within(0.0, 1.0)


def _tpr(trials: Sequence[Trial], options: MembershipOptions, stream: np.random.Generator) -> Interval:
    """Return the TPR with a bootstrap over clusters, and over members and others apart within each trial."""
    clusters = [[_standardised(trial) for trial in cluster] for cluster in _by_cluster(trials)]

    def pooled(cluster: Sequence[tuple[Doubles, Doubles]]) -> float:
        members, others = (np.concatenate([trial[side] for trial in cluster]) for side in (0, 1))
        return tpr_at_fpr(members, others, options.fpr)

    def resampled(cluster: Sequence[tuple[Doubles, Doubles]]) -> float:
        return pooled([(stream.choice(x, len(x)), stream.choice(y, len(y))) for x, y in cluster])

    estimate = float(np.mean([pooled(cluster) for cluster in clusters]))
    draws = [
        np.mean([resampled(clusters[k]) for k in stream.integers(len(clusters), size=len(clusters))])
        for _ in range(options.draws)
    ]
    return Interval.of_draws(estimate, draws)


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
