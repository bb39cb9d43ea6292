"""What each test speaker adds to the scores of a run of one device, and intervals that follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedser.metrics.clustered import ClusteredInterval, interval, raw_sums
from fedser.protocol.arms import arms_of
from fedser.results.arms import Arm
from fedser.results.one_device.scores import Order

_MOMENTS = ["n", "mean_prediction", "mean_label", "m2_prediction", "m2_label", "m2_both"]

ScoreKey = tuple[Arm, str, str, str]
"""Arm, target, stage, environment."""


@dataclass(frozen=True, eq=False)
class SpeakerSums:
    """Sums (seeds, speakers, 6) of `raw_sums` for every key; zeros where a seed does not test a speaker."""

    sums: Mapping[ScoreKey, NDArray[np.float64]]

    @classmethod
    def of(cls, speakers: pd.DataFrame, order: Order) -> Self:
        """Return them from the rows of speakers.csv; speakers are in one order everywhere."""
        seeds = {seed: k for k, seed in enumerate(order.seeds)}
        people = {
            name: {speaker: k for k, speaker in enumerate(sorted(set(rows["speaker"])))}
            for name, rows in speakers.groupby("environment")
        }
        found: dict[ScoreKey, NDArray[np.float64]] = {}
        values = raw_sums(speakers[_MOMENTS].to_numpy(np.float64))
        columns = (speakers[name] for name in ("seed", "target", "stage", "environment", "speaker"))
        for arm, seed, target, stage, place, speaker, row in zip(arms_of(speakers), *columns, values, strict=True):
            key = (arm, target, stage, place)
            if key not in found:
                found[key] = np.zeros((len(seeds), len(people[place]), len(_MOMENTS)))
            found[key][seeds[seed], people[place][speaker]] = row
        return cls(found)

    def interval(
        self, arm: Arm, target: str, stage: str, place: str, baseline: Arm | None = None
    ) -> ClusteredInterval | None:
        """Return the CCC's interval, or that of its difference from a baseline's; None where it was not scored."""
        sums = self.sums.get((arm, target, stage, place))
        other = None if baseline is None else self.sums.get((baseline, target, stage, place))
        if sums is None or (baseline is not None and other is None) or not (sums[..., 0].sum(axis=1) > 0).all():
            return None
        return interval(sums, other)
