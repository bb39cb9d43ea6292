"""How Tables 2 and 3 stand: stages below one another, columns by environment, the shared first model once."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product

from fedser.results.arms import Arm
from fedser.results.metrics import higher_is_better, listed_titles, metric_title
from fedser.results.one_device.run import RunResults
from fedser.results.one_device.tables.captions import over_seeds
from fedser.results.table import Cell, Group, Row, Score, Table

UNSEEN = "In parentheses or on grey: an environment the model has not been trained on yet."

CellOf = Callable[[Arm, str, int, int], Score]
"""The cell of an arm in a metric after stage i on environment j."""
Finish = Callable[[Mapping[Arm, Sequence[Cell]]], Mapping[Arm, Sequence[Cell]]]
"""What is done to the rows of one stage together."""


def table_by_environment(
    run: RunResults,
    key: str,
    what: str,
    target: str,
    arms: Sequence[Arm],
    cell_of: CellOf,
    *,
    finish: Finish = lambda rows: rows,
    said: str = "",
    notes: Sequence[str] = (),
) -> Table:
    """Return a table with a block for each stage and, below each environment, a column for each metric.

    `said` ends the caption.
    """
    blocks = []
    for i in range(len(run.stages)):
        places = [*product(range(len(run.environments)), run.metrics)]
        rows: dict[Arm, Sequence[Cell]] = {
            arm: [cell_of(arm, metric, i, j) for j, metric in places] for arm in (arms[:1] if i == 0 else arms)
        }
        blocks.append(_block(run, i, finish(rows)))
    several = len(run.stages) > 1
    return Table(
        key=key,
        title=f"{target.capitalize()}: {what}",
        caption=(
            f"{listed_titles(run.metrics)} of {target} on the test split of every environment, after each stage. "
            f"{over_seeds(run)}{' ' * bool(said)}{said}"
        ),
        groups=(Group("", 2), *(Group(environment, len(run.metrics)) for environment in run.environments)),
        header=("after", "arm", *map(metric_title, run.metrics * len(run.environments))),
        blocks=tuple(blocks),
        notes=(*notes, UNSEEN) if several else (),
        text_columns=2,
    )


def lower_columns(run: RunResults) -> frozenset[int]:
    """Return the columns of numbers in which less is better."""
    metrics = run.metrics * len(run.environments)
    return frozenset(column for column, metric in enumerate(metrics) if not higher_is_better(metric))


def _block(run: RunResults, i: int, rows: Mapping[Arm, Sequence[Cell]]) -> tuple[Row, ...]:
    heads = [run.stage_labels[i], *[""] * (len(rows) - 1)]
    labels = ["all arms" if i == 0 else arm.label for arm in rows]
    return tuple((head, label, *row) for head, label, row in zip(heads, labels, rows.values(), strict=True))
