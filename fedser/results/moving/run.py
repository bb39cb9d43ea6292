"""A finished run of moving devices, read and checked."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedser.errors import RunError
from fedser.metrics import Comparison
from fedser.protocol.arms import Arm
from fedser.results import files
from fedser.results.announced import LEAST_CCC, announced
from fedser.results.metrics import check_values, higher_is_better, metrics_of
from fedser.results.moving.checks import check_rows
from fedser.results.moving.hostile import hostile_alone, without_hostile
from fedser.results.moving.measures import AVERAGE, Measures, last_known
from fedser.results.moving.order import MovingOrder
from fedser.results.moving.record import read_arms, read_record
from fedser.results.moving.schema import ALL, SCHEMA, SERVER
from fedser.results.moving.tensors import ScoreRows, visit_arrays
from fedser.results.record import Record, notes_of, read_config
from fedser.results.untouched import check_untouched
from fedser.results.utterances import UTTERANCES
from fedser.vocabulary import TARGETS


@dataclass(frozen=True, eq=False)
class MovingRun:
    """What a run measured; the frames hold the columns of `schema.SCHEMA`."""

    folder: Path
    record: Record
    """run.json: versions, seeds, arms, environments, notes, defaults, timings."""
    config: str
    """config.toml as text."""
    scores: pd.DataFrame
    visits: pd.DataFrame
    costs: pd.DataFrame
    prequential: pd.DataFrame
    acoustics: pd.DataFrame
    utterances: pd.DataFrame
    dropped: pd.DataFrame
    splits: pd.DataFrame
    """The speakers' in every seed, of corpora that each seed divides in its own way."""
    seeds: tuple[int, ...]
    arms: tuple[Arm, ...]
    environments: tuple[str, ...]
    rounds: int
    devices: int

    @property
    def order(self) -> MovingOrder:
        """Seeds, arms and environments in the order of the config."""
        return MovingOrder(self.seeds, self.arms, self.environments, self.metrics)

    @property
    def metrics(self) -> tuple[str, ...]:
        """By what the models are scored, in the order of the config."""
        return metrics_of(self.scores)

    @property
    def modes(self) -> tuple[str, ...]:
        """The modes of the arms, in order."""
        return tuple(dict.fromkeys(arm.mode for arm in self.arms))

    @property
    def notes(self) -> tuple[str, ...]:
        """What every table must say."""
        return notes_of(self.record, self.environments)

    @cached_property
    def learnt(self) -> bool:
        """Whether any model's CCC in any environment, mean over the seeds, comes to `LEAST_CCC` at the end."""
        if "ccc" not in self.metrics:
            return True
        ends = [
            last_known(scores(arm, target, "ccc"))
            for arm in self.arms
            for scores in ((self.server, self.pooled) if arm.shares else (self.pooled,))
            for target in TARGETS
        ]
        own = [self.measures[arm, target, "ccc"].by_seed[AVERAGE] for arm in self.arms for target in TARGETS]
        return any(float(np.nan_to_num(end.mean(axis=0)).max()) >= LEAST_CCC for end in (*ends, *own))

    def announced(self, test: Comparison) -> Comparison:
        """Return a test as it may be told."""
        return announced(test, len(self.seeds), self.learnt)

    @property
    def places(self) -> NDArray[np.int16]:
        """Where each device was, (seeds, devices, rounds): an index of `environments`, −1 where not told."""
        return self._visits[0]

    @property
    def available(self) -> NDArray[np.bool_]:
        """Whether each device was available, (seeds, devices, rounds)."""
        return self._visits[1]

    @cached_property
    def followed(self) -> NDArray[np.int64]:
        """The devices of which visits.csv tells every round of every seed, ascending: all, but of very many."""
        whole = (self.places >= 0).all(axis=(0, 2))
        return np.flatnonzero(whole) if whole.any() else np.arange(self.devices)

    @cached_property
    def followed_visits(self) -> pd.DataFrame:
        """The visits of the devices that are `followed`."""
        if len(self.followed) == self.devices:
            return self.visits
        return self.visits[self.visits["device"].isin(self.followed)]

    def R(self, arm: Arm, target: str, metric: str) -> NDArray[np.float64]:  # noqa: N802
        """Return the scores of the devices' own models, (seeds, devices, rounds, environments).

        NaN where a device took no part; column r − 1 is round r.
        """
        return self.measures[arm, target, metric].participations.by_round(self.rounds)

    def hostile(self, arm: Arm, target: str, metric: str) -> NDArray[np.float64]:
        """Return the scores of the hostile devices' own models, as `Participations.R`; NaN for all others."""
        shape = (len(self.seeds), self.devices, self.rounds, len(self.environments))
        return hostile_alone(self._rows.devices((arm, target, metric), shape).R, self.record, self.seeds)

    def server(self, arm: Arm, target: str, metric: str) -> NDArray[np.float64]:
        """Return the scores of the global model, (seeds, rounds + 1, environments), NaN where not scored.

        Row 0 is the shared model before any adaptation; without sharing it is the only one.
        """
        return self._shared(arm, target, metric, SERVER)

    def pooled(self, arm: Arm, target: str, metric: str) -> NDArray[np.float64]:
        """Return the pooled scores of all devices that took part in a round, as `server`."""
        return self._shared(arm, target, metric, ALL)

    @cached_property
    def measures(self) -> dict[tuple[Arm, str, str], Measures]:
        """The measures for every (arm, target, metric)."""
        shape = (len(self.seeds), self.devices, self.rounds, len(self.environments))
        found = {}
        for arm in self.arms:
            for key in ((arm, target, metric) for target in TARGETS for metric in self.metrics):
                scored = self._rows.devices(key, shape)
                scored = replace(scored, R=without_hostile(scored.R, self.record, self.seeds))
                server, pooled = self._shared(*key, SERVER), self._shared(*key, ALL)
                found[key] = Measures.of(scored, server, pooled, self.places, arm.shares, higher_is_better(key[2]))
        return found

    def _shared(self, arm: Arm, target: str, metric: str, who: str) -> NDArray[np.float64]:
        shape = (len(self.seeds), self.rounds + 1, len(self.environments))
        return self._rows.shared((arm, target, metric), who, shape)

    @cached_property
    def _rows(self) -> ScoreRows:
        return ScoreRows.read(self.scores, self.order)

    @cached_property
    def _visits(self) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        return visit_arrays(self.visits, self.order, self.devices, self.rounds)


def read_moving_run(folder: Path) -> MovingRun:
    """Return the results in a run folder; raises RunError, in one line, if it is not a finished moving run."""
    record = read_record(folder)
    run = MovingRun(
        folder=folder,
        record=record,
        config=read_config(folder),
        scores=files.read(folder, "scores.csv", SCHEMA),
        visits=files.read(folder, "visits.csv", SCHEMA),
        costs=files.read(folder, "costs.csv", SCHEMA),
        prequential=files.read(folder, "prequential.csv", SCHEMA),
        acoustics=files.read(folder, "acoustics.csv", SCHEMA),
        utterances=_data(folder, "utterances.csv"),
        dropped=_data(folder, "dropped.csv"),
        splits=_data(folder, "splits.csv"),
        seeds=tuple(record["seeds"]),
        arms=read_arms(folder / "run.json", record),
        environments=tuple(record["environments"]),
        rounds=record["rounds"],
        devices=record["devices"],
    )
    for frame, name in ((run.utterances, "utterances.csv"), (run.dropped, "dropped.csv")):
        files.one_of(frame, "environment", run.environments, folder / name)
    for name in SCHEMA:
        check_rows(folder / name, getattr(run, name.removesuffix(".csv")), run.order, run.devices, run.rounds)
    check_values(run.scores, folder / "scores.csv")
    _check_starts(run)
    try:
        _ = run.measures
    except ValueError as error:
        raise RunError(f"{folder / 'scores.csv'}: {error}; run the experiment again") from None
    check_untouched(folder, record)
    return run


def _data(folder: Path, name: str) -> pd.DataFrame:
    """Return a file of what the run heard; nothing of a run from before they were written."""
    if (folder / name).exists():
        return files.read(folder, name, UTTERANCES)
    return pd.DataFrame(columns=list(UTTERANCES[name]))


def _check_starts(run: MovingRun) -> None:
    path = run.folder / "scores.csv"
    for arm in run.arms:
        start = run.server(arm, TARGETS[0], run.metrics[0])[:, 0]
        if np.isnan(start).any():
            seed = run.seeds[int(np.argwhere(np.isnan(start))[0, 0])]
            raise RunError(
                f"{path}: no score of {arm.label} in round 0 of seed {seed}; expected the shared model's on every "
                "environment: resume the run or start it again"
            )
