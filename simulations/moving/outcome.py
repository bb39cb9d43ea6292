"""From the rounds of a federation to its CSV files."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from fedser.device import World
from fedser.metrics import Scoreboard
from fedser.protocol import Arm
from fedser.results.files import CsvRow
from fedser.results.moving import SCHEMA, MovingOrder, write_moving
from simulations.moving.config import MovingConfig
from simulations.moving.failures import failure_warnings
from simulations.moving.federation import arm_folder
from simulations.moving.privacy_results import with_own_figures
from simulations.moving.round_files import RoundFiles
from simulations.moving.visits import visits_of

Statistics = Mapping[str, list[float]]


def write_results(folder: Path, config: MovingConfig, acoustics: pd.DataFrame) -> list[str]:
    """Write scores, costs, prequential statistics, visits and acoustics; return warnings."""
    arms = config.parsed_arms()
    order = MovingOrder(
        range(config.seeds),
        arms,
        [place.name for place in config.environments],
        config.metrics,
    )
    tables = {name: Columns(SCHEMA[name]) for name in ("scores.csv", "costs.csv", "prequential.csv")}
    visits: list[pd.DataFrame] = []
    warnings: list[str] = []
    for seed in range(config.seeds):
        world = World.read(folder / "data", seed)
        asked: list[list[CsvRow]] = []
        for arm in arms:
            files = RoundFiles(arm_folder(folder, seed, arm), world.identity)
            records = with_own_figures(files.read_records(), folder, seed, arm.folder)
            head = {"seed": seed} | arm.row()
            asked.append([{"round": r["round"], "devices": r["devices"]} for r in records])
            for record in records:
                tables["scores.csv"].add(head | row for row in _scores(record, world))
                tables["costs.csv"].add(head | row for row in _costs(record))
                tables["prequential.csv"].add(head | row for row in _prequential(record))
            warnings += _warnings(seed, arm, records, files.read_end(), world.settings.last_shared)
            warnings += failure_warnings(folder, seed, arm, records)
        visits.append(visits_of(world, asked))
    for name, table in tables.items():
        write_moving(folder, name, table.frame(), order)
    write_moving(folder, "visits.csv", pd.concat(visits, ignore_index=True), order)
    write_moving(folder, "acoustics.csv", acoustics.astype({"condition": str}), order)
    return warnings


class Columns:
    """Rows collected column by column: a tenth of the memory of a dictionary a row."""

    def __init__(self, names: Iterable[str]) -> None:
        self._cells: dict[str, list[Any]] = {name: [] for name in names}

    def add(self, rows: Iterable[CsvRow]) -> None:
        """Add rows, which have the cells of every column, and perhaps others."""
        for row in rows:
            for name, cells in self._cells.items():
                cells.append(row[name])

    def frame(self) -> pd.DataFrame:
        """Return the rows."""
        return pd.DataFrame(self._cells)


def _scores(record: CsvRow, world: World) -> Iterator[CsvRow]:
    number, board = record["round"], world.settings.scoreboard
    if "global" in record:
        head = {"stage": "", "round": number, "device": "server", "model": "global"}
        yield from _scored(head, record["global"], board)
    pooled: dict[str, list[float]] = {}
    for entry in record["devices"]:
        if not entry.get("held_out"):
            continue
        stage = world.settings.environments[world.place(entry["device"], number)]
        head = {"stage": stage, "round": number, "device": str(entry["device"]), "model": "personal"}
        yield from _scored(head, entry["held_out"], board)
        if entry["device"] in world.hostile:
            continue
        for key, values in entry["held_out"].items():
            pooled[key] = board.pooled(pooled[key], values) if key in pooled else values
    if pooled:
        yield from _scored({"stage": "", "round": number, "device": "all", "model": "personal"}, pooled, board)


def _scored(head: CsvRow, statistics: Statistics, board: Scoreboard) -> Iterator[CsvRow]:
    for key, numbers in statistics.items():
        environment, _, target = key.rpartition("/")
        for metric, value in board.values(numbers).items():
            place = {"environment": environment, "split": "test", "target": target}
            yield head | place | {"metric": metric, "value": value}


_NOTHING_DONE = {"steps": 0, "altered": 0, "flops": 0.0, "memory_bytes": 0, "seconds": 0.0}


def _costs(record: CsvRow) -> Iterator[CsvRow]:
    for entry in record["devices"]:
        yield (
            _NOTHING_DONE
            | {key: value for key, value in entry.items() if key not in ("held_out", "prequential")}
            | {"round": record["round"]}
        )


def _prequential(record: CsvRow) -> Iterator[CsvRow]:
    names = ("n", "mean_prediction", "mean_label", "m2_prediction", "m2_label", "m2_both")
    for entry in record["devices"]:
        for key, values in entry.get("prequential", {}).items():
            environment, _, target = key.rpartition("/")
            head = {"round": record["round"], "device": entry["device"], "environment": environment}
            numbers = dict(zip(names, values, strict=True))
            yield head | {"target": target} | numbers | {"n": int(numbers["n"])}


def _warnings(
    seed: int, arm: Arm, records: Sequence[CsvRow], end: CsvRow | None, last_shared: int
) -> Iterator[str]:
    """Say which rounds went by without an aggregation although updates were to be shared, or did not begin."""
    sharing = [record for record in records if arm.in_round(record["round"], last_shared).shares]
    idle = [record["round"] for record in sharing if record.get("aggregated") is False]
    if idle:
        yield f"seed {seed}, {arm.name}: {len(idle)} rounds without a new model, the first {idle[0]}"
    if end:
        yield f"seed {seed}, {arm.name}: ended before round {end['round']}: {end['reason']}"
