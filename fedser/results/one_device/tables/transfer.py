"""Tables 4a and 4b: average, BWT, FWT, forgetting and intransigence of every arm."""

from collections.abc import Mapping, Sequence

from fedser.results.arms import FINETUNING, JOINT, Arm
from fedser.results.metrics import metric_title
from fedser.results.one_device.comparisons import (
    LOWER_IS_BETTER,
    MEASURES,
    transfer,
    transfer_findings,
    transfer_metrics,
)
from fedser.results.one_device.run import RunResults
from fedser.results.one_device.tables.captions import marks_legend, over_seeds
from fedser.results.summary import mark_best, score
from fedser.results.table import Cell, Row, Score, Table
from fedser.vocabulary import TARGETS

NOTES = (
    "average: over all environments after the last stage. BWT: score at the end minus score after the own stage "
    "(Lopez-Paz & Ranzato 2017). FWT: score just before the own stage minus that of a constant prediction "
    "(CCC 0, UAR 1 / classes in the test split). Forgetting: best since seen minus the end "
    "(Chaudhry et al. 2018).",
    "↑: higher is better, ↓: lower is better. Bold: best, Joint not counted.",
)
INTRANSIGENCE = "Intransigence: Joint's score minus the arm's own after the own stage."


def transfer_tables(run: RunResults) -> tuple[Table, ...]:
    """Return Tables 4a (activation) and 4b (valence); none for a single environment."""
    if len(run.environments) == 1:
        return ()
    return tuple(_table(run, key, target) for key, target in zip(("4a", "4b"), TARGETS, strict=True))


def _table(run: RunResults, key: str, target: str) -> Table:
    measures = MEASURES if JOINT in run.arms else MEASURES[:-1]
    marks = {
        (found.arm, found.metric, found.measure): found.comparison.mark
        for found in transfer_findings(run, run.contenders, FINETUNING)
        if found.target == target
    }
    extra = (INTRANSIGENCE,) if JOINT in run.arms else ()
    return Table(
        key=key,
        title=f"{target.capitalize()}: transfer and forgetting",
        caption=f"What learning {len(run.environments)} environments in order did to {target}. {over_seeds(run)}",
        groups=(),
        header=("metric", "arm", *(f"{name} {'↓' if name in LOWER_IS_BETTER else '↑'}" for name in measures)),
        blocks=tuple(_block(run, target, metric, measures, marks) for metric in transfer_metrics(run)),
        notes=(*marks_legend(run, _baseline(run)), *NOTES, *extra),
        text_columns=2,
    )


def _block(
    run: RunResults,
    target: str,
    metric: str,
    measures: Sequence[str],
    marks: Mapping[tuple[Arm, str, str], str],
) -> tuple[Row, ...]:
    rows: dict[Arm, list[Cell]] = {}
    for arm in run.arms:
        values = transfer(run, arm, target, metric)
        rows[arm] = [
            score(values[name], marks.get((arm, metric, name), "")) if name in values else Score(None)
            for name in measures
        ]
    lower = frozenset(column for column, name in enumerate(measures) if name in LOWER_IS_BETTER)
    rows |= dict(zip(run.contenders, mark_best([rows[arm] for arm in run.contenders], lower), strict=True))
    heads = [metric_title(metric), *[""] * (len(rows) - 1)]
    return tuple((head, arm.label, *row) for head, (arm, row) in zip(heads, rows.items(), strict=True))


def _baseline(run: RunResults) -> str | None:
    return FINETUNING.label if FINETUNING in run.arms else None
