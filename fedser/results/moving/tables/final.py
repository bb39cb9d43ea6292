"""Tables 1a to 1d: the scores at the end, averaged over all environments."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from string import ascii_lowercase

import numpy as np

from fedser.protocol.arms import Arm
from fedser.results.metrics import higher_is_better, metric_title
from fedser.results.moving.findings import memory_findings
from fedser.results.moving.measures import AVERAGE, GAIN, GLOBAL, POOLED, WORST
from fedser.results.moving.prequential import prequential_ccc
from fedser.results.moving.run import MovingRun
from fedser.results.moving.tables.captions import Marks, marks_legend, marks_of, over_seeds
from fedser.results.summary import mark_best, score
from fedser.results.table import Cell, Row, Score, Table
from fedser.vocabulary import TARGETS

COLUMNS = (GLOBAL, POOLED, AVERAGE, WORST)
PREQUENTIAL = "prequential"
SHARED = "shared model, before"

NOTES = (
    "All are means over all environments, also those a device never visited. global: the model all share, after "
    "the last round (in mode Local nothing is shared). pooled: the devices' own models, the predictions of all "
    "that took part in the last round as one series. average: of the devices, each after the last round in which "
    "it took part; worst decile: of the lowest tenth of them. personal − global: a device's own model minus the "
    "global one after the same round (in mode Local: minus the shared model of the start).",
    "Bold: best.",
)
PREQUENTIAL_NOTE = (
    "prequential: on what the devices hear, before they learn from it; all devices and rounds as one series, "
    "where they were, so not comparable with the other columns."
)


def final_tables(run: MovingRun) -> tuple[Table, ...]:
    """Return Tables 1a and 1b (CCC of activation and of valence), 1c and 1d (UAR), and so on."""
    what = product(run.metrics, TARGETS)
    return tuple(_table(run, f"1{letter}", *pair) for letter, pair in zip(ascii_lowercase, what, strict=False))


def _table(run: MovingRun, key: str, metric: str, target: str) -> Table:
    names = (*COLUMNS, GAIN, *((PREQUENTIAL,) if metric == "ccc" else ()))
    marks = marks_of(memory_findings(run, metric))
    lower = frozenset() if higher_is_better(metric) else frozenset(range(len(names)))
    best = mark_best([_cells(run, arm, target, metric, marks) for arm in run.arms], lower)
    rows = [(arm.label, *_gain_unmarked(cells)) for arm, cells in zip(run.arms, best, strict=True)]
    start = run.server(run.arms[0], target, metric)[:, 0].mean(axis=1)
    first: Row = (SHARED, score(np.asarray(start)), *[Score(None)] * (len(names) - 1))
    return Table(
        key=key,
        title=f"{target.capitalize()} at the end: {metric_title(metric)}",
        caption=(
            f"{metric_title(metric)} of {target} on the test split, averaged over the environments, at the end. "
            f"{over_seeds(run)}"
        ),
        groups=(),
        header=("arm", *names),
        blocks=((first,), *by_mode(run, rows)),
        notes=(*marks_legend(run), *NOTES, *((PREQUENTIAL_NOTE,) if metric == "ccc" else ())),
    )


def by_mode(run: MovingRun, rows: Sequence[Row]) -> tuple[tuple[Row, ...], ...]:
    """Return one row for each arm as one block for each mode."""
    pairs = list(zip(run.arms, rows, strict=True))
    return tuple(tuple(row for arm, row in pairs if arm.mode == mode) for mode in run.modes)


def _cells(run: MovingRun, arm: Arm, target: str, metric: str, marks: Marks) -> list[Cell]:
    values = run.measures[arm, target, metric].by_seed
    cells: list[Cell] = [score(values[name], marks.get((arm, target, name), "")) for name in (*COLUMNS, GAIN)]
    return cells + [score(prequential_ccc(run, arm, target))] * (metric == "ccc")


def _gain_unmarked(cells: Sequence[Cell]) -> list[Cell]:
    """Personal − global is against another model in each mode: no arm is the best of all."""
    column = len(COLUMNS)
    return [replace(c, best=False) if n == column and isinstance(c, Score) else c for n, c in enumerate(cells)]
