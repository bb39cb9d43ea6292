"""The findings of privacy studies as tables."""

import math
from collections.abc import Sequence

import pandas as pd

from fedser.results.numerals import NONE, decimal, grouped, p_value
from fedser.results.table import Row, Score, Table

TITLES = {
    "attribute": "Gender of a device's owner from its updates",
    "linkage": "Whose update it is",
    "membership": "Which past utterances a device keeps",
    "inversion": "Embeddings back out of an update",
}

CAPTIONS = {
    "attribute": "UAR; chance is .5. Control: the labels shuffled among the shadow's speakers. All layers for all "
    "numbers of leaked rounds are in attacks.csv.",
    "linkage": "Accuracy in a closed set. Control: the gallery's names shuffled.",
    "membership": "AUC (chance .5) and TPR at the low FPR, which is its own chance level. Control of the AUC: "
    "members drawn at random from the others; “untrained”: the true ones, under a model that has learnt nothing.",
    "inversion": "Cosine of the best candidate with each true embedding; exact: share recovered with a cosine "
    "above .999. Control: embeddings that the update has never seen.",
}

_COLUMNS = {
    "attribute": ("arm", "attack", "layer", "rounds"),
    "linkage": ("arm", "attack"),
    "membership": ("arm", "attack", "metric"),
    "inversion": ("attack", "metric", "batch", "steps"),
}


def attack_tables(findings: pd.DataFrame) -> list[Table]:
    """Return one table for each study that has findings, arms in blocks."""
    tables = []
    for number, (study, title) in enumerate(TITLES.items(), start=1):
        rows = findings[findings["study"] == study]
        if not rows.empty:
            tables.append(_table(str(number), study, title, rows))
    return tables


def frontier_tables(cells: pd.DataFrame) -> list[Table]:
    """Return what every noise and capacity gave each arm: means ± deviations over the seeds."""
    names = {
        "ccc": "CCC",
        "forgetting": "forgetting",
        "gender_uar": "gender UAR",
        "membership_auc": "memory AUC",
    }
    keys = ["method", "memory", "capacity", "noise_multiplier"]
    blocks: dict[str, list[Row]] = {}
    for (method, memory, capacity, noise), group in cells.groupby(keys, sort=False):
        arm = str(method) if memory == "none" else f"{method}-{memory}"
        kept = NONE if memory == "none" else str(capacity)
        scores = [_score(group[name]) for name in names]
        row: Row = (arm, kept, f"{noise:g}", epsilon_text(group["epsilon"].max()), *scores)
        blocks.setdefault(f"{arm} {kept}", []).append(row)
    return [
        Table(
            key="1",
            title="Privacy against what it costs",
            caption=f"Means ± deviations over {cells['seed'].nunique()} seeds; ε: the largest of the seeds.",
            groups=(),
            header=("arm", "capacity", "noise", "ε", *names.values()),
            blocks=tuple(tuple(block) for block in blocks.values()),
            notes=("Chance is .5 for the gender UAR and for the AUC.",),
            text_columns=1,
        )
    ]


def epsilon_text(value: float) -> str:
    """Return an ε with three digits, `∞` without noise.

    >>> epsilon_text(9.974), epsilon_text(3518.2), epsilon_text(float("inf"))
    ('9.97', '3,520', '∞')
    """
    return f"{float(f'{value:.3g}'):,.10g}" if math.isfinite(value) else "∞"


def _table(key: str, study: str, title: str, rows: pd.DataFrame) -> Table:
    places = [name for name in _COLUMNS[study] if name not in ("rounds", "batch", "steps")]
    counts = [name for name in _COLUMNS[study] if name not in places]
    tested = bool(rows["p_value"].notna().any())
    numbers = ("estimate", "95 %", "control", "its range", *(("p",) if tested else ()), "n")
    blocks: dict[str, list[Row]] = {}
    if study == "attribute":  # all layers for the fewest rounds, all rounds for the first layer
        rows = rows[(rows["rounds"] == rows["rounds"].iloc[0]) | (rows["layer"] == rows["layer"].iloc[0])]
    for entry in rows.to_dict("records"):
        cells = [str(entry[name]) for name in (*places, *counts)]
        found = [
            decimal(entry["estimate"]),
            _range(entry["low"], entry["high"]),
            decimal(entry["control"]),
            _range(entry["control_low"], entry["control_high"]),
        ]
        p = [p_value(None if math.isnan(entry["p_value"]) else entry["p_value"])] if tested else []
        blocks.setdefault(cells[0], []).append((*cells, *found, *p, grouped(entry["n"])))
    return Table(
        key=key,
        title=title,
        caption=CAPTIONS[study],
        groups=(),
        header=(*places, *counts, *numbers),
        blocks=tuple(_without_repeats(block) for block in blocks.values()),
        notes=statements_of(rows)[:1],
        text_columns=len(places),
    )


def statements_of(rows: pd.DataFrame) -> tuple[str, ...]:
    """Return what the adversaries of some findings know, in order; what only adds to another comes last."""
    found = list(dict.fromkeys(rows["statement"]))
    return tuple(sorted(found, key=lambda text: any(text != other and text.startswith(other) for other in found)))


def _without_repeats(block: Sequence[Row]) -> tuple[Row, ...]:
    return tuple(row if k == 0 else ("", *row[1:]) for k, row in enumerate(block))


def _range(low: float, high: float) -> str:
    if low == high or not (math.isfinite(low) and math.isfinite(high)):
        return NONE
    return f"{decimal(low)} to {decimal(high)}"


def _score(values: "pd.Series[float]") -> Score:
    known = values.dropna()
    if known.empty:
        return Score(None)
    return Score(float(known.mean()), float(known.std(ddof=1)) if len(known) > 1 else None)
