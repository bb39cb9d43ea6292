"""Table 2: every method's CCC and UAR on every environment after every stage."""

from collections.abc import Mapping, Sequence

from fedser.results.arms import FINETUNING, JOINT, Arm
from fedser.results.one_device.comparisons import score_findings
from fedser.results.one_device.run import RunResults
from fedser.results.one_device.tables.by_environment import lower_columns, table_by_environment
from fedser.results.one_device.tables.captions import marks_legend
from fedser.results.summary import mark_best, score
from fedser.results.table import Cell, Score, Table
from fedser.vocabulary import TARGETS

BEST = "Bold: best of its stage."
REFERENCE = "Joint, a reference: sees all data so far at once; not tested, not counted for the best."


def method_arms(run: RunResults) -> tuple[Arm, ...]:
    """Return the arms of Table 2: every method with random memory or none, Joint last."""
    plain = [arm for arm in run.arms if arm.is_plain]
    return tuple(sorted(plain, key=lambda arm: (arm == JOINT, arm != FINETUNING)))


def method_tables(run: RunResults) -> tuple[Table, ...]:
    """Return Tables 2a (activation) and 2b (valence): methods against Finetuning."""
    # With one environment all arms share the only model: any of them stands for it.
    arms = method_arms(run) or (run.arms if len(run.stages) == 1 else ())
    return tuple(_table(run, *one, arms) for one in zip(("2a", "2b"), TARGETS, strict=True)) if arms else ()


def _table(run: RunResults, key: str, target: str, arms: Sequence[Arm]) -> Table:
    marks = {
        (found.arm, found.metric, found.stage, found.environment): found.comparison.mark
        for found in score_findings(run, arms, FINETUNING)
        if found.target == target
    }

    def cell(arm: Arm, metric: str, i: int, j: int) -> Score:
        mark = marks.get((arm, metric, run.stages[i], run.environments[j]), "")
        return score(run.R(arm, target, metric)[:, i, j], mark, unseen=j > i)

    def best(rows: Mapping[Arm, Sequence[Cell]]) -> Mapping[Arm, Sequence[Cell]]:
        contenders = [arm for arm in rows if arm != JOINT]
        marked = mark_best([rows[arm] for arm in contenders], lower_columns(run)) if contenders else []
        return {**rows, **dict(zip(contenders, marked, strict=True))}

    legend = marks_legend(run, FINETUNING.label if FINETUNING in run.arms else None)
    notes = (*legend, BEST, *([REFERENCE] if JOINT in arms else []))
    return table_by_environment(run, key, "methods", target, arms, cell, finish=best, notes=notes)
