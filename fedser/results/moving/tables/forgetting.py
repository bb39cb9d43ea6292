"""Tables 2a and 2b: what moving about did to the devices' own models."""

from dataclasses import replace

from fedser.protocol.arms import Arm
from fedser.results.moving.findings import memory_findings
from fedser.results.moving.measures import BWT, FORGETTING, FWT, LAG, LOWER_IS_BETTER, REENTRY
from fedser.results.moving.run import MovingRun
from fedser.results.moving.tables.captions import Marks, marks_legend, marks_of, over_seeds
from fedser.results.moving.tables.final import by_mode
from fedser.results.summary import mark_best, score
from fedser.results.table import Cell, Row, Score, Table
from fedser.vocabulary import TARGETS

COLUMNS = (FORGETTING, REENTRY, BWT, FWT, LAG)

NOTES = (
    "Of each device's own model, in rounds in which it took part; then the mean over the devices that have the "
    "measure. forgetting: best score on a place from the first visit to the last departure, minus the score at "
    "the end. re-entry gap: score on a place on return minus that at departure. BWT: score at the end minus that "
    "at the last departure. FWT: score on a place before the first visit minus that of the shared model. lag: "
    "rounds in a stay until 95 % of the stay's best gain (stays of two rounds or more that gain anything).",
    "↑: higher is better, ↓: lower is better. Bold: best. –: no device has it.",
)


def forgetting_tables(run: MovingRun) -> tuple[Table, ...]:
    """Return Tables 2a (activation) and 2b (valence); none for a single environment."""
    if len(run.environments) == 1:
        return ()
    marks = marks_of(memory_findings(run))
    return tuple(_table(run, key, target, marks) for key, target in zip(("2a", "2b"), TARGETS, strict=True))


def _table(run: MovingRun, key: str, target: str, marks: Marks) -> Table:
    rows = [_cells(run, arm, target, marks) for arm in run.arms]
    lower = frozenset(column for column, name in enumerate(COLUMNS) if name in LOWER_IS_BETTER)
    named: list[Row] = [(arm.label, *cells) for arm, cells in zip(run.arms, mark_best(rows, lower), strict=True)]
    return Table(
        key=key,
        title=f"{target.capitalize()}: forgetting and coming back",
        caption=f"What moving between {len(run.environments)} environments did to {target} CCC. {over_seeds(run)}",
        groups=(),
        header=("arm", *(f"{name} {'↓' if name in LOWER_IS_BETTER else '↑'}" for name in COLUMNS)),
        blocks=by_mode(run, named),
        notes=(*marks_legend(run), *NOTES),
    )


def _cells(run: MovingRun, arm: Arm, target: str, marks: Marks) -> list[Cell]:
    values = run.measures[arm, target, "ccc"].by_seed
    cells: list[Cell] = []
    for name in COLUMNS:
        cell: Score = score(values[name], marks.get((arm, target, name), ""))
        cells.append(replace(cell, places=2) if name == LAG else cell)
    return cells
