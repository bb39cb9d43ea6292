"""The tables of a study: scores of every cell, arms against Finetuning, values against the first, and the cost."""

from collections.abc import Sequence
from itertools import groupby
from string import ascii_lowercase

import numpy as np

from fedser.results.announced import FEWEST_SEEDS
from fedser.results.metrics import metric_title
from fedser.results.numerals import NONE, decimal, grouped, p_value
from fedser.results.study.arms import arm_named, reference_of
from fedser.results.study.effects import Effect, corrected
from fedser.results.study.run import Measured, StudyRun
from fedser.results.summary import mark_best, score
from fedser.results.table import Row, Table

MARKS = {"*": "* better", "†": "† worse", "": ""}
_EFFECT = ("difference", "95 % interval", "p", "p, Holm", "n", "result")


def study_tables(run: StudyRun) -> list[Table]:
    """Return the tables in order; those there is nothing for are left out."""
    keys = run.keys(run.shown)
    scores = [_scores(run, f"1{letter}", key) for letter, key in zip(ascii_lowercase, keys, strict=False)]
    arms = [_against_arm(run, key) for key in keys]
    values = [_against_value(run, key) for key in keys]
    return [*scores, *_numbered("2", arms), *_numbered("3", values), _cost(run)]


def key_title(key: Measured) -> str:
    """Return how headings write what is measured.

    >>> key_title(Measured("all", "activation", "ccc forgetting"))
    'Activation, CCC forgetting'
    """
    metric, _, rest = key.measure.partition(" ")
    measure = f"{metric_title(metric)} {rest}".strip()
    return f"{key.target.capitalize()}, {measure}" if key.target else measure.capitalize()


def over_seeds(run: StudyRun) -> str:
    """Return over how many seeds the numbers are."""
    return f"{run.seeds} seed{'s' if run.seeds > 1 else ''}"


def _scores(run: StudyRun, key: str, of: Measured) -> Table:
    columns = [Measured(name, of.target, of.measure) for name in run.environments]
    columns = [*(column for column in columns if column in run.keys([of.measure], [column.environment])), of]
    blocks = []
    for cell in run.cells:
        arms = [arm for arm in run.arms if len(run.values(cell, arm, of))]
        rows = [
            [score(np.asarray(run.values(cell, arm, column), np.float64)) for column in columns] for arm in arms
        ]
        lower = frozenset(range(len(columns))) if of.measure.endswith("forgetting") else frozenset[int]()
        best = mark_best(rows, lower) if rows else []
        blocks.append(_headed(cell, [(arm_named(a).label, *cells) for a, cells in zip(arms, best, strict=True)]))
    return Table(
        key=key,
        title=f"{key_title(of)} at the end",
        caption=f"Mean ± standard deviation over {over_seeds(run)}, on the test split, of every cell.",
        groups=(),
        header=(_cell_heading(run), "arm", *(column.environment for column in columns)),
        blocks=tuple(block for block in blocks if block),
        notes=("Bold: best of its cell. all: the mean over the environments.",),
        text_columns=2,
    )


def _against_arm(run: StudyRun, key: Measured) -> tuple[str, str, str, list[tuple[str, str, Effect]]]:
    found = []
    for cell in run.cells:
        arms = [arm for arm in run.arms if len(run.values(cell, arm, key))]
        for arm in arms:
            reference = reference_of(arm, arms)
            if reference:
                effect = Effect.of(run.values(cell, arm, key), run.values(cell, reference, key), key)
                found.append((cell, arm_named(arm).label, effect))
    return f"{key_title(key)}: methods against Finetuning", _cell_heading(run), "of the same cell", found


def _against_value(run: StudyRun, key: Measured) -> tuple[str, str, str, list[tuple[str, str, Effect]]]:
    found = []
    for axis in run.axes:
        for label in axis.labels[1:]:
            for arm in run.arms:
                values, first = (run.level_values(axis, name, arm, key) for name in (label, axis.labels[0]))
                if len(values) and len(first):
                    name = f"{axis.name}: {label} against {axis.labels[0]}"
                    found.append((name, arm_named(arm).label, Effect.of(values, first, key)))
    what = "means over the cells that share a value" if len(run.axes) > 1 else "each value against the first"
    return f"{key_title(key)}: values against the first", "value", what, found


def _numbered(
    number: str, described: Sequence[tuple[str, str, str, list[tuple[str, str, Effect]]]]
) -> list[Table]:
    known = [each for each in described if each[3]]
    letters = zip(ascii_lowercase, known, strict=False)
    return [_effect_table(f"{number}{letter}", *each) for letter, each in letters]


def _effect_table(
    key: str, title: str, heading: str, what: str, found: Sequence[tuple[str, str, Effect]]
) -> Table:
    effects = corrected([effect for _, _, effect in found])
    rows = [(name, label, *_cells(e)) for (name, label, _), e in zip(found, effects, strict=True)]
    tests = sum(effect.p is not None for effect in effects)
    return Table(
        key=key,
        title=title,
        caption=(
            f"Two-sided paired t-tests over the seeds ({what}), p corrected by Holm's method over the {tests} "
            "tests of this table; differences with Student's 95 % interval, not corrected. No marks under "
            f"{FEWEST_SEEDS} seeds."
        ),
        groups=(),
        header=(heading, "arm", *_EFFECT),
        blocks=tuple(_headed(name, [row[1:] for row in part]) for name, part in groupby(rows, lambda row: row[0])),
        notes=("Paired by seed: the same initial weights, and the same order of batches where the data are.",),
        text_columns=2,
    )


def _cells(effect: Effect) -> Row:
    bounded = np.isfinite([effect.low, effect.high]).all()
    return (
        decimal(effect.difference),
        f"{decimal(effect.low)} to {decimal(effect.high)}" if bounded else NONE,
        p_value(effect.p),
        p_value(effect.adjusted),
        str(effect.n),
        MARKS[effect.mark],
    )


def _cost(run: StudyRun) -> Table:
    columns = ("seconds", "steps", "memory_bytes", "sent_bytes")
    blocks = []
    for cell, rows in run.spent.groupby("cell", sort=False):
        cells = [
            (arm_named(str(r["arm"])).label, f"{r['seconds']:,.1f}", *(grouped(round(r[c])) for c in columns[1:]))
            for r in rows.to_dict("records")
        ]
        blocks.append(_headed(str(cell), cells))
    return Table(
        key="4",
        title="Cost",
        caption=f"Of training, a mean over {over_seeds(run)}; the first model counts for each arm that has it.",
        groups=(),
        header=(_cell_heading(run), "arm", "seconds", "steps", "kept bytes", "sent bytes"),
        blocks=tuple(blocks),
        notes=tuple(map(str, run.record.get("spent", []))),
        text_columns=2,
    )


def _cell_heading(run: StudyRun) -> str:
    return ", ".join(axis.name for axis in run.axes)


def _headed(name: str, rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return rows with a name before the first."""
    return tuple((name if k == 0 else "", *row) for k, row in enumerate(rows))
