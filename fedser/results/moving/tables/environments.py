"""Tables 3a and 3b: the score on each environment at the end."""

import numpy as np
from numpy.typing import NDArray

from fedser.metrics.moving import final_scores
from fedser.protocol.arms import Arm
from fedser.results.moving.measures import last_known
from fedser.results.moving.run import MovingRun
from fedser.results.moving.tables.captions import over_seeds
from fedser.results.moving.tables.final import SHARED
from fedser.results.summary import mark_best, score
from fedser.results.table import Cell, Row, Table
from fedser.vocabulary import TARGETS

NOTES = (
    "global: the model all share, after the last round. personal: mean over the devices' own models, each after "
    "the last round in which the device took part. Devices that never visited an environment count as well. Bold:"
    " best.",
)


def environment_tables(run: MovingRun) -> tuple[Table, ...]:
    """Return Tables 3a (activation) and 3b (valence)."""
    return tuple(_table(run, key, target) for key, target in zip(("3a", "3b"), TARGETS, strict=True))


def personal_by_environment(run: MovingRun, arm: Arm, target: str) -> NDArray[np.float64]:
    """Return the mean over the devices' final CCCs, (seeds, environments); NaN for a seed without any."""
    finals = [final_scores(R) for R in run.measures[arm, target, "ccc"].R]
    known = [rows[np.isfinite(rows).all(axis=1)] for rows in finals]
    empty = np.full(len(run.environments), np.nan)
    return np.stack([rows.mean(axis=0) if len(rows) else empty for rows in known])


def _table(run: MovingRun, key: str, target: str) -> Table:
    values: list[tuple[str, str, str, NDArray[np.float64]]] = []
    for arm in run.arms:
        if arm.shares:
            values.append((arm.mode, arm.label, "global", last_known(run.server(arm, target, "ccc"))))
        values.append((arm.mode, arm.label, "personal", personal_by_environment(run, arm, target)))
    cells = mark_best([[score(column) for column in scores.T] for *_, scores in values])
    blocks = []
    for mode in run.modes:
        rows = zip(values, cells, strict=True)
        blocks.append(tuple((label, model, *row) for (of, label, model, _), row in rows if of == mode))
    start = run.server(run.arms[0], target, "ccc")[:, 0]
    first: tuple[Cell, ...] = tuple(score(column) for column in start.T)
    return Table(
        key=key,
        title=f"{target.capitalize()} by environment",
        caption=f"CCC of {target} on the test split of each environment at the end. {over_seeds(run)}",
        groups=(),
        header=("arm", "model", *run.environments),
        blocks=(((SHARED, "global", *first),), *map(_without_repeats, blocks)),
        notes=NOTES,
        text_columns=2,
    )


def _without_repeats(block: tuple[Row, ...]) -> tuple[Row, ...]:
    """Leave out an arm's name where the row above has it."""
    above = ["", *(row[0] for row in block)]
    return tuple((("" if row[0] == name else row[0]), *row[1:]) for name, row in zip(above, block, strict=False))
