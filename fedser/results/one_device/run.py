"""A finished run folder, read and checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedser.errors import RunError
from fedser.metrics import Comparison
from fedser.protocol.arms import arms_of
from fedser.results import files
from fedser.results.announced import LEAST_CCC, announced
from fedser.results.arms import JOINT, Arm
from fedser.results.metrics import check_values, metrics_of
from fedser.results.one_device.schema import SCHEMA
from fedser.results.one_device.scores import Order, read_scores, score_matrices, stage_names
from fedser.results.one_device.speaker_sums import SpeakerSums
from fedser.results.record import ONE_DEVICE, Record, notes_of, read_config, read_scored
from fedser.results.untouched import check_untouched
from fedser.vocabulary import TARGETS

LONGEST_STAGE = 40
"""Letters in the name of a stage; with more of them tables would be too wide."""


@dataclass(frozen=True)
class RunResults:
    """What a run measured; the frames hold the columns of `schema.SCHEMA`."""

    folder: Path
    record: Record
    """run.json: versions, seeds, environments, notes, defaults, timings."""
    config: str
    """config.toml as text."""
    scores: pd.DataFrame
    costs: pd.DataFrame
    curves: pd.DataFrame
    predictions: pd.DataFrame
    speakers: pd.DataFrame
    utterances: pd.DataFrame
    dropped: pd.DataFrame
    splits: pd.DataFrame
    """The speakers' in every seed, of corpora that each seed divides in its own way."""
    seeds: tuple[int, ...]
    arms: tuple[Arm, ...]
    environments: tuple[str, ...]
    """In the order they were learnt."""

    @property
    def stages(self) -> tuple[str, ...]:
        """The names of the stages, one for each environment."""
        return stage_names(self.environments)

    @property
    def stage_labels(self) -> tuple[str, ...]:
        """How tables write the stages: by name, or by what each adds where the names are too long."""
        if len(self.stages[-1]) <= LONGEST_STAGE:
            return self.stages
        return tuple(("… + " if i else "") + name for i, name in enumerate(self.environments))

    @property
    def order(self) -> Order:
        """Seeds, arms and environments in the order of the config."""
        return Order(self.seeds, self.arms, self.environments, self.metrics)

    @property
    def metrics(self) -> tuple[str, ...]:
        """By what the models are scored, in the order of the config."""
        return metrics_of(self.scores)

    @property
    def contenders(self) -> tuple[Arm, ...]:
        """The arms but Joint, which sees all data at once."""
        return tuple(arm for arm in self.arms if arm != JOINT)

    @property
    def notes(self) -> tuple[str, ...]:
        """What every table must say, each note once, naming its environments where it is not about all."""
        return notes_of(self.record, self.environments)

    @property
    def learnt(self) -> bool:
        """Whether any arm's validation CCC, mean over the seeds, comes to `LEAST_CCC` where it was trained."""
        if "ccc" not in self.metrics:
            return True
        means = [self.R(arm, target, "ccc", "validation").mean(axis=0) for arm in self.arms for target in TARGETS]
        return any(bool((np.tril(np.nan_to_num(mean)) >= LEAST_CCC).any()) for mean in means)

    def announced(self, test: Comparison) -> Comparison:
        """Return a test over the seeds as it may be told."""
        return announced(test, len(self.seeds), self.learnt)

    def R(self, arm: Arm, target: str, metric: str, split: str = "test") -> NDArray[np.float64]:  # noqa: N802
        """Return R of an arm for every seed, (seeds, stages, environments).

        All finite, but for Joint, which may have been trained for some stages only: NaN there.
        """
        return self._matrices[arm, target, metric, split]

    @cached_property
    def tested_speakers(self) -> SpeakerSums:
        """What each test speaker adds to the CCCs."""
        return SpeakerSums.of(self.speakers, self.order)

    @cached_property
    def _matrices(self) -> dict[tuple[Arm, str, str, str], NDArray[np.float64]]:
        return score_matrices(self.scores, self.order)


def read_run(folder: Path) -> RunResults:
    """Return the results in a run folder; raises RunError, in one line, if it is not a finished run."""
    record = read_scored(folder, ONE_DEVICE)
    scores = read_scores(folder)
    arms = dict.fromkeys(arms_of(scores))
    run = RunResults(
        folder=folder,
        record=record,
        config=read_config(folder),
        scores=scores,
        costs=files.read(folder, "costs.csv", SCHEMA),
        curves=files.read(folder, "curves.csv", SCHEMA),
        predictions=files.read(folder, "predictions.csv", SCHEMA),
        speakers=files.read(folder, "speakers.csv", SCHEMA),
        utterances=files.read(folder, "utterances.csv", SCHEMA),
        dropped=files.read(folder, "dropped.csv", SCHEMA),
        splits=files.read(folder, "splits.csv", SCHEMA),
        seeds=tuple(record["seeds"]),
        arms=tuple(arms),
        environments=tuple(record["environments"]),
    )
    _check_names(run)
    check_values(scores, folder / "scores.csv")
    _check_scores(run)
    check_untouched(folder, record)
    return run


def _check_names(run: RunResults) -> None:
    known: dict[str, Sequence[object]] = {
        "seed": run.seeds,
        "stage": run.stages,
        "environment": run.environments,
    }
    for name in SCHEMA:
        frame = getattr(run, name.removesuffix(".csv"))
        for column, allowed in known.items():
            if column in frame:
                files.one_of(frame, column, allowed, run.folder / name)


def _check_scores(run: RunResults) -> None:
    path = run.folder / "scores.csv"
    if run.scores.empty:
        raise RunError(f"{path}: no rows; run the experiment again")
    keys = list(SCHEMA["scores.csv"])[:-1]
    twice = run.scores.duplicated(keys)
    if twice.any():
        line = int(np.flatnonzero(twice)[0]) + 2
        raise RunError(f"{path}: line {line} scores the same thing as a line before it; expected each once")
    for target, metric in product(TARGETS, run.metrics):
        first: NDArray[np.float64] | None = None
        for arm in run.arms:
            R = run.R(arm, target, metric)
            _check_complete(run, arm, f"test {target} {metric}", R)
            if np.isnan(R[:, 0]).any():
                continue
            if first is not None and not np.array_equal(R[:, 0], first):
                raise RunError(
                    f"{path}: the arms differ after {run.stages[0]} ({target} {metric}, {arm.label}), "
                    "although they share the first model; run the experiment again"
                )
            first = R[:, 0]


def _check_complete(run: RunResults, arm: Arm, what: str, R: NDArray[np.float64]) -> None:
    missing = np.isnan(R)
    if arm == JOINT:  # whole stages of it may be left out
        missing &= ~missing.all(axis=(0, 2), keepdims=True)
    if missing.any():
        seed, stage, environment = (int(index) for index in np.argwhere(missing)[0])
        raise RunError(
            f"{run.folder / 'scores.csv'}: no {what} of {arm.label} on {run.environments[environment]} after "
            f"{run.stages[stage]}, seed {run.seeds[seed]}; resume the run or start it again"
        )
