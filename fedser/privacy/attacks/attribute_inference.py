"""Attribute inference: an attribute of a device's owner from its updates (Feng et al. 2021, arXiv 2112.13416).

The adversary runs shadow federations on corpora of its own, learns the attribute from their updates, and applies
what it learnt to the updates of the federation under attack.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from fedser.errors import UserError
from fedser.privacy.attacks.adversary import Adversary, AdversaryOptions, Projection
from fedser.privacy.attacks.interval import Interval, Null, recall_interval
from fedser.privacy.attacks.update import ParameterLayout, Update
from fedser.privacy.attacks.update_features import Features, features
from fedser.seeding import generator


class AttributeOptions(AdversaryOptions):
    """How an attribute is inferred."""

    ridge: float = Field(0.1, gt=0)
    """Of the features `inputs`, see `update_features`."""
    shuffles: int = Field(100, ge=2, le=100_000)
    """Controls."""


@dataclass(frozen=True)
class AttributeFinding:
    """How well an attribute is inferred from one layer of a device's updates; chance is 1 / classes.

    The interval is over other target speakers, for the adversary as it was trained. `p_value` is about the luck
    of its training: the share of shuffled adversaries that do as well. Few shadow speakers leave it wide.
    """

    layer: str
    leaked_rounds: int
    uar: Interval
    """Over the target's speakers."""
    control: Null
    """The same with the attribute shuffled among the shadow's speakers."""
    p_value: float
    classes: tuple[str, ...]
    n: int
    """Guesses made: a device's updates of `leaked_rounds` rounds make one."""
    speakers: int
    shadow_updates: int
    shadow_speakers: int
    statement: str


@dataclass(frozen=True)
class _Guesses:
    """Log-probabilities (n, classes) of the target's updates: after real labels, and after each shuffle."""

    real: NDArray[np.float64]
    nulls: Sequence[NDArray[np.float64]]
    truth: NDArray[np.int64]
    classes: tuple[str, ...]


def infer_attribute(
    shadow: Sequence[Update],
    target: Sequence[Update],
    layout: ParameterLayout,
    layer: str = "trunk.0",
    kind: Features = "gradient",
    options: AttributeOptions | None = None,
    seed: int = 0,
    leaked_rounds: Sequence[int] = (1,),
) -> list[AttributeFinding]:
    """Return a finding for each number of leaked rounds; k rounds of a device are pooled by mean log-probability.

    Raises UserError if a speaker is in both federations, or an attribute is unknown, or the shadow lacks a class.
    """
    options = options or AttributeOptions()
    _check(shadow, target)
    guesses = _attack(shadow, target, layout, layer, kind, options, seed)
    found = []
    for count in leaked_rounds:
        windows = _windows(target, count)
        if not windows:
            raise UserError(f"attribute inference: no device has {count} leaked rounds; ask for fewer")
        speakers = np.array([target[window[0]].speaker for window in windows])
        stream = generator(seed, "speakers resampled", layer, count)
        uar, control = _scored(guesses, windows, speakers, stream)
        found.append(
            AttributeFinding(
                layer=layer,
                leaked_rounds=count,
                uar=uar,
                control=control,
                p_value=control.p_value(uar.estimate),
                classes=guesses.classes,
                n=len(windows),
                speakers=len(np.unique(speakers)),
                shadow_updates=len(shadow),
                shadow_speakers=len({update.speaker for update in shadow}),
                statement=_statement(layer, count, options),
            )
        )
    return found


def corrected_p_values(findings: Sequence[AttributeFinding]) -> list[float]:
    """Return p for each of several findings, such as of all layers, corrected for looking at all of them.

    The share of shuffles in which the best of them does as well (the maximum statistic of Westfall and Young 1993,
    Resampling-Based Multiple Testing): whichever stands out, its p is right. The findings must share their
    shuffles, as those of one seed do.
    """
    best = Null.of(np.max([finding.control.values for finding in findings], axis=0).tolist())
    return [best.p_value(finding.uar.estimate) for finding in findings]


def _attack(
    shadow: Sequence[Update],
    target: Sequence[Update],
    layout: ParameterLayout,
    layer: str,
    kind: Features,
    options: AttributeOptions,
    seed: int,
) -> _Guesses:
    classes = sorted({update.attribute for update in shadow})
    rows, asked = (features(part, layout, layer, kind, options.ridge) for part in (shadow, target))
    projection = Projection.fit(rows, options.components)
    known = projection.apply(rows)
    asked = projection.apply(asked, asked.mean(axis=0) if options.centred_on == "target" else None)
    labels = {update.speaker: classes.index(update.attribute) for update in shadow}

    def guess(of_speaker: dict[str, int], *key: str | int) -> NDArray[np.float64]:
        adversary = Adversary(options, generator(seed, "attribute inference", layer, *key))
        return adversary.fit(known, np.array([of_speaker[u.speaker] for u in shadow])).log_probabilities(asked)

    nulls = [guess(_shuffled(labels, seed, k), "shuffled", k) for k in range(options.shuffles)]
    truth = np.array([classes.index(update.attribute) for update in target])
    return _Guesses(guess(labels, "real"), nulls, truth, tuple(classes))


def _check(shadow: Sequence[Update], target: Sequence[Update]) -> None:
    if not shadow or not target:
        raise UserError(
            "attribute inference needs updates of a shadow and of a target federation, got none of one"
        )
    both = sorted({u.speaker for u in shadow} & {u.speaker for u in target})
    if both:
        raise UserError(
            f"attribute inference: {len(both)} speakers are in the shadow and in the target federation, such as "
            f"{both[0]}; use other speakers or another corpus for the shadow"
        )
    known, asked = ({update.attribute for update in part} for part in (shadow, target))
    if "" in known | asked:
        raise UserError("attribute inference: an update's attribute is unknown; leave out speakers without one")
    if len(known) < 2 or not asked <= known:
        raise UserError(
            f"attribute inference: the shadow federation must show every class of the target and at least two, "
            f"got {sorted(known)} for {sorted(asked)}"
        )


def _shuffled(labels: dict[str, int], seed: int, k: int) -> dict[str, int]:
    """Return the labels shuffled among the speakers, not among updates: a speaker keeps one."""
    values = generator(seed, "shuffled labels", k).permutation(list(labels.values()))
    return dict(zip(labels, values.tolist(), strict=True))


def _scored(
    guesses: _Guesses, windows: Sequence[list[int]], speakers: NDArray[np.str_], stream: np.random.Generator
) -> tuple[Interval, Null]:
    """Return the UAR over pooled updates, and that of the controls."""
    truth = np.array([guesses.truth[window[0]] for window in windows])

    def uar(scores: NDArray[np.float64]) -> Interval:
        pooled = np.array([scores[window].mean(axis=0).argmax() for window in windows])
        return recall_interval(pooled == truth, truth, speakers, stream)

    return uar(guesses.real), Null.of([uar(scores).estimate for scores in guesses.nulls])


def _windows(updates: Sequence[Update], count: int) -> list[list[int]]:
    """Return positions of updates of `count` successive rounds of a device; what is left over is not used."""
    by_device: dict[tuple[str, str], list[int]] = {}
    for position in sorted(range(len(updates)), key=lambda k: updates[k].round):
        update = updates[position]
        by_device.setdefault((update.speaker, update.device), []).append(position)
    return [
        positions[start : start + count]
        for positions in by_device.values()
        for start in range(0, len(positions) - count + 1, count)
    ]


def _statement(layer: str, count: int, options: AttributeOptions) -> str:
    rounds = "one round" if count == 1 else f"{count} rounds"
    mean = ", the mean of all target devices' updates" if options.centred_on == "target" else ""
    return (
        f"The adversary sees the model sent to a device and the one it returns in {rounds} (layer {layer}), knows "
        f"the architecture, the learning rate and the number of steps{mean}, and owns another corpus with the "
        "attribute; it has no speech, label or attribute of any device under attack."
    )
