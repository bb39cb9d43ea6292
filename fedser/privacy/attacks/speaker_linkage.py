"""Speaker identity: linking updates of different rounds or devices to the same speaker, in a closed set."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from fedser.config import Section
from fedser.errors import UserError
from fedser.privacy.attacks.interval import Interval, Null, recall_interval
from fedser.privacy.attacks.update import ParameterLayout, Update
from fedser.privacy.attacks.update_features import Features, features
from fedser.seeding import generator


class LinkageOptions(Section):
    """How an update is linked to its speaker."""

    features: Features = "inputs"
    """Of an update, see `update_features`."""
    ridge: float = Field(0.1, gt=0)
    """Of the features `inputs`."""
    shuffles: int = Field(100, ge=2, le=100_000)
    """Controls."""


@dataclass(frozen=True)
class LinkageFinding:
    """The share of probes linked to their own speaker among K; chance is 1/K."""

    layer: str
    accuracy: Interval
    """Mean over speakers of each one's share of probes linked rightly."""
    control: Null
    """The same with the gallery's names shuffled among its updates."""
    p_value: float
    chance: float
    n: int
    """Probes."""
    speakers: int
    statement: str


def link_speakers(
    gallery: Sequence[Update],
    probes: Sequence[Update],
    layout: ParameterLayout,
    layer: str = "trunk.0",
    options: LinkageOptions | None = None,
    seed: int = 0,
) -> LinkageFinding:
    """Link every probe to the speaker of the gallery whose mean features are nearest by cosine.

    Features are centred within each round, since the model that devices start from differs between rounds, and
    z-scored over all updates. For a claim about speakers rather than about the data of one device, gallery and
    probes must come from different utterances: other devices of the same owner, or rounds that heard new ones.
    Raises UserError if an update is in both, or a probe's speaker is not in the gallery.
    """
    options = options or LinkageOptions()
    _check(gallery, probes)
    rows = features([*gallery, *probes], layout, layer, options.features, options.ridge).astype(np.float64)
    rows = _standardised(rows, [update.round for update in (*gallery, *probes)])
    known, asked = rows[: len(gallery)], rows[len(gallery) :]
    names = np.array([update.speaker for update in gallery])
    truth = np.array([update.speaker for update in probes])
    everyone = np.zeros(len(truth), dtype=np.int64)

    def accuracy(labels: NDArray[np.str_]) -> Interval:
        right = _nearest(known, labels, asked) == truth
        return recall_interval(right, everyone, truth, generator(seed, "speakers resampled", layer))

    estimate = accuracy(names)
    shuffled = [generator(seed, "shuffled names", k).permutation(names) for k in range(options.shuffles)]
    control = Null.of([accuracy(labels).estimate for labels in shuffled])
    count = len(set(names.tolist()))
    return LinkageFinding(
        layer=layer,
        accuracy=estimate,
        control=control,
        p_value=control.p_value(estimate.estimate),
        chance=1 / count,
        n=len(probes),
        speakers=count,
        statement=(
            f"The adversary sees the models sent to devices and those returned (layer {layer}), has some updates "
            f"of each of {count} speakers under a name, and asks whose a further update is; it has no speech "
            "and no label."
        ),
    )


def _check(gallery: Sequence[Update], probes: Sequence[Update]) -> None:
    names = {update.speaker for update in gallery}
    if len(names) < 2 or not probes:
        raise UserError(f"linking speakers needs probes and a gallery of two speakers or more, got {len(names)}")
    both = {(u.device, u.round) for u in gallery} & {(u.device, u.round) for u in probes}
    if both:
        device, number = min(both)
        raise UserError(
            f"linking speakers: device {device}, round {number} is in the gallery and among the probes"
        )
    strangers = sorted({update.speaker for update in probes} - names)
    if strangers:
        raise UserError(f"linking speakers: {strangers[0]} has a probe but no update in the gallery (closed set)")


def _standardised(rows: NDArray[np.float64], rounds: Sequence[int]) -> NDArray[np.float64]:
    """Return z-scores of rows, centred within their round (a round of one: on all)."""
    numbers = np.array(rounds)
    centred = rows - rows.mean(axis=0)
    for number in np.unique(numbers):
        inside = numbers == number
        if inside.sum() > 1:
            centred[inside] = rows[inside] - rows[inside].mean(axis=0)
    std = centred.std(axis=0)
    result: NDArray[np.float64] = centred / np.where(std > 1e-9 * std.max(), std, 1.0)
    return result


def _nearest(known: NDArray[np.float64], names: NDArray[np.str_], asked: NDArray[np.float64]) -> NDArray[np.str_]:
    """Return for each probe the name whose mean row has the largest cosine with it."""
    unique = np.unique(names)
    means = np.stack([known[names == name].mean(axis=0) for name in unique])
    length = np.linalg.norm(means, axis=1)
    directions = means / np.where(length > 0, length, 1.0)[:, None]
    nearest: NDArray[np.str_] = unique[(asked @ directions.T).argmax(axis=1)]
    return nearest
