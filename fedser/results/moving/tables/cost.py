"""Table 4: what an arm costs a device in a round."""

import numpy as np
import pandas as pd

from fedser.protocol.arms import Arm
from fedser.results.moving.run import MovingRun
from fedser.results.moving.tables.final import by_mode
from fedser.results.numerals import NONE, decimal, grouped
from fedser.results.table import Row, Table

HEADER = ("arm", "bytes down", "bytes up", "GFLOP", "steps", "altered", "memory bytes", "seconds")
TRAINED = "trained"


def cost_table(run: MovingRun) -> Table:
    """Return Table 4."""
    rows: list[Row] = [(arm.label, *_cells(costs_of(run, arm))) for arm in run.arms]
    seeds = f"{len(run.seeds)} seed{'s' if len(run.seeds) > 1 else ''}"
    return Table(
        key="4",
        title="Cost",
        caption=f"What one device spends in one round in which it trained, mean over devices, rounds and {seeds}.",
        groups=(),
        header=HEADER,
        blocks=by_mode(run, rows),
        notes=(
            "Bytes are those of the serialised messages. altered: share of the steps whose gradient the method "
            "changed. memory bytes: the most a device kept, mean over the devices.",
        ),
    )


def costs_of(run: MovingRun, arm: Arm) -> pd.DataFrame:
    """Return the rows of an arm."""
    return arm.rows_of(run.costs)


def per_round(costs: pd.DataFrame, column: str) -> float:
    """Return the mean of a column over the device-rounds that trained, NaN for none."""
    trained = costs.loc[costs["outcome"] == TRAINED, column]
    return float(trained.mean()) if len(trained) else np.nan


def memory_bytes(costs: pd.DataFrame) -> float:
    """Return the most bytes that a device kept in memory, mean over devices and seeds, NaN for none."""
    most = costs.groupby(["seed", "device"])["memory_bytes"].max()
    return float(most.mean()) if len(most) else np.nan


def _cells(costs: pd.DataFrame) -> list[str]:
    steps, altered = per_round(costs, "steps"), per_round(costs, "altered")
    return [
        _count(per_round(costs, "bytes_down")),
        _count(per_round(costs, "bytes_up")),
        _fixed(per_round(costs, "flops") / 1e9, 3),
        _fixed(steps, 1),
        decimal(altered / steps) if steps > 0 else NONE,
        _count(memory_bytes(costs)),
        _fixed(per_round(costs, "seconds"), 3),
    ]


def _count(value: float) -> str:
    return NONE if np.isnan(value) else grouped(round(value))


def _fixed(value: float, places: int) -> str:
    return NONE if np.isnan(value) else f"{value:,.{places}f}"
