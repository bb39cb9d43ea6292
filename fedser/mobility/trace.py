"""A recorded trace, replayed: a CSV file with a line for each device and round."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from fedser.corpora.delimited import Delimited, read_delimited
from fedser.errors import ConfigError, CorpusError, did_you_mean
from fedser.mobility.mobility import Mobility, Paths, Surroundings

NEEDED = ("device", "round", "environment")


class Trace(Mobility):
    """A CSV `file` with the columns device, round, environment and optionally available (0 or 1), replayed.

    Devices count from 0, rounds from 1. A trace may be longer than the run, but must have every device in every
    round of it, once, and nobody in an environment that is withheld.
    """

    name: ClassVar[str] = "trace"
    files: ClassVar[tuple[str, ...]] = ("file",)

    file: str = Field(min_length=1)
    """The CSV file, relative to the configuration."""

    def paths(self, surroundings: Surroundings, devices: int, rounds: int, seed: int, folder: Path) -> Paths:
        """Return the recorded paths; raises ConfigError naming the line of the first mistake."""
        return replay(folder / self.file, surroundings, devices, rounds)


def replay(file: Path, surroundings: Surroundings, devices: int, rounds: int) -> Paths:
    """Return the paths and, if the trace has the column available, the availability."""
    environments, opens = surroundings.names, surroundings.opens
    try:
        table = read_delimited(file)
        table.need(NEEDED)
        _refuse_other_columns(table)
        device = np.array(table.converted("device", lambda cell: _device(cell, devices)))
        round_ = np.array(table.converted("round", _round))
        place = np.array(table.converted("environment", lambda cell: _environment(cell, environments)))
        on = np.array(table.converted("available", _flag)) if "available" in table.columns else None
    except CorpusError as error:
        raise ConfigError(f"[trace]: {error}") from None
    except OSError as error:
        raise ConfigError(f"[trace]: {file} cannot be read ({error.strerror})") from None
    early = np.flatnonzero(round_ < opens[place])
    if len(early):
        row = early[0]
        raise ConfigError(
            f'[trace]: {table.name}, line {table.lines[row]}: "{environments[place[row]]}" in round '
            f"{round_[row]}, but it is withheld until round {opens[place[row]]}"
        )
    rows = _rows(table, device, round_, devices, rounds)
    return Paths(place[rows], None if on is None else on[rows])


def _rows(
    table: Delimited, device: NDArray[np.int64], round_: NDArray[np.int64], devices: int, rounds: int
) -> NDArray[np.int64]:
    """Return (devices, rounds), the row of the table for each."""
    seen: dict[tuple[int, int], int] = {}
    for row, key in enumerate(zip(device.tolist(), round_.tolist(), strict=True)):
        if key in seen:
            lines = f"lines {table.lines[seen[key]]} and {table.lines[row]}"
            raise ConfigError(
                f"[trace]: {table.name}, {lines}: device {key[0]} is in round {key[1]} twice; keep one"
            )
        seen[key] = row
    rows = np.empty((devices, rounds), dtype=np.int64)
    for d, r in np.ndindex(devices, rounds):
        if (d, r + 1) not in seen:
            raise ConfigError(
                f"[trace]: {table.name} has no line for device {d} in round {r + 1}; "
                f"the run needs devices 0 to {devices - 1} in rounds 1 to {rounds}"
            )
        rows[d, r] = seen[d, r + 1]
    return rows


def _refuse_other_columns(table: Delimited) -> None:
    known = (*NEEDED, "available")
    for column in table.columns:
        if column not in known:
            raise CorpusError(f'{table.name}: unknown column "{column}"{did_you_mean(column, known)}')


def _whole(cell: str) -> int:
    if not re.fullmatch(r"\d{1,9}", cell, re.ASCII):
        raise ValueError("is not a whole number")
    return int(cell)


def _device(cell: str, devices: int) -> int:
    device = _whole(cell)
    if device >= devices:
        raise ValueError(f"is beyond the run's {devices} devices; they count from 0 to {devices - 1}")
    return device


def _round(cell: str) -> int:
    number = _whole(cell)
    if number < 1:
        raise ValueError("is not a round; rounds count from 1")
    return number


def _environment(cell: str, environments: Sequence[str]) -> int:
    if cell not in environments:
        raise ValueError(f"is not an environment of this run{did_you_mean(cell, environments)}")
    return environments.index(cell)


def _flag(cell: str) -> bool:
    if cell not in ("0", "1"):
        raise ValueError("must be 0 or 1")
    return cell == "1"
