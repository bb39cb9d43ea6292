"""Tables 2 and 3: CCC and UAR on every environment after every stage."""

from collections.abc import Sequence

from fedser.results.arms import EXPER_RANDOM, FINETUNING, JOINT, Arm
from fedser.results.metrics import higher_is_better, listed_titles, metric_title
from fedser.results.one_device.comparisons import ArmComparison, score_findings
from fedser.results.one_device.run import RunResults
from fedser.results.one_device.tables.captions import marks_legend, over_seeds
from fedser.results.summary import mark_best, score
from fedser.results.table import Cell, Group, Row, Table
from fedser.vocabulary import TARGETS


def method_arms(run: RunResults) -> tuple[Arm, ...]:
    """Return the arms of Table 2: every method with random memory or none, Joint last."""
    plain = [arm for arm in run.arms if arm.is_plain]
    return tuple(sorted(plain, key=lambda arm: (arm == JOINT, arm != FINETUNING)))


def memory_arms(run: RunResults) -> tuple[Arm, ...]:
    """Return the arms of Table 3, ExpeR-random first: methods with a memory; none if all sample at random."""
    if all(arm.is_plain for arm in run.arms):
        return ()
    arms = [arm for arm in run.arms if arm.memory != "none"]
    return tuple(sorted(arms, key=lambda arm: arm != EXPER_RANDOM))


def method_tables(run: RunResults) -> tuple[Table, ...]:
    """Return Tables 2a (activation) and 2b (valence): methods against Finetuning."""
    # With one environment all arms share the only model: any of them stands for it.
    arms = method_arms(run) or (run.arms if len(run.stages) == 1 else ())
    return _tables(run, "2", "methods", arms, FINETUNING) if arms else ()


def memory_tables(run: RunResults) -> tuple[Table, ...]:
    """Return Tables 3a and 3b: ways of filling the memory against ExpeR-random; none if there is one way."""
    if not memory_arms(run) or len(run.stages) == 1:
        return ()
    return _tables(run, "3", "memory sampling", memory_arms(run), EXPER_RANDOM)


def _tables(run: RunResults, number: str, what: str, arms: Sequence[Arm], baseline: Arm) -> tuple[Table, ...]:
    findings = score_findings(run, arms, baseline)
    return tuple(
        _table(run, f"{number}{letter}", what, target, arms, baseline, findings)
        for letter, target in zip("ab", TARGETS, strict=True)
    )


def _table(
    run: RunResults,
    key: str,
    what: str,
    target: str,
    arms: Sequence[Arm],
    baseline: Arm,
    findings: Sequence[ArmComparison],
) -> Table:
    marks = {
        (found.arm, found.metric, found.stage, found.environment): found.comparison.mark
        for found in findings
        if found.target == target
    }
    several = len(run.stages) > 1
    legend = marks_legend(run, baseline.label if baseline in run.arms else None) if several else ()
    return Table(
        key=key,
        title=f"{target.capitalize()}: {what}",
        caption=(
            f"{listed_titles(run.metrics)} of {target} on the test split of every environment, after each stage. "
            f"{over_seeds(run)}"
        ),
        groups=(Group("", 2), *(Group(metric_title(metric), len(run.environments)) for metric in run.metrics)),
        header=("after", "arm", *run.environments * len(run.metrics)),
        blocks=tuple(_block(run, i, target, arms, marks) for i in range(len(run.stages))),
        notes=(*legend, *_legend(arms, several)),
        text_columns=2,
    )


def _block(
    run: RunResults, i: int, target: str, arms: Sequence[Arm], marks: dict[tuple[Arm, str, str, str], str]
) -> tuple[Row, ...]:
    """Return the rows of one stage; the first model is shared, so its row stands once."""
    stage = run.stages[i]
    rows: dict[Arm, list[Cell]] = {}
    for arm in arms[:1] if i == 0 else arms:
        row: list[Cell] = []
        for metric in run.metrics:
            R = run.R(arm, target, metric)
            for j, environment in enumerate(run.environments):
                row.append(score(R[:, i, j], marks.get((arm, metric, stage, environment), ""), unseen=j > i))
        rows[arm] = row
    contenders = [arm for arm in rows if arm != JOINT]
    lower = lower_columns(run.metrics, len(run.environments))
    rows |= dict(zip(contenders, mark_best([rows[arm] for arm in contenders], lower), strict=True))
    labels = ["all arms" if i == 0 else arm.label for arm in rows]
    named = zip([run.stage_labels[i], *[""] * (len(rows) - 1)], labels, rows.values(), strict=True)
    return tuple((first, label, *row) for first, label, row in named)


def lower_columns(metrics: Sequence[str], environments: int) -> frozenset[int]:
    """Return the columns in which less is better, of a row with all environments for each metric."""
    return frozenset(
        k * environments + j
        for k, metric in enumerate(metrics)
        if not higher_is_better(metric)
        for j in range(environments)
    )


def _legend(arms: Sequence[Arm], several: bool) -> tuple[str, ...]:
    if not several:
        return ()
    lines = ["(In parentheses): an environment the model has not been trained on yet. Bold: best of its stage."]
    if JOINT in arms:
        lines.append("Joint, a reference: sees all data so far at once; not tested, not counted for the best.")
    return tuple(lines)
