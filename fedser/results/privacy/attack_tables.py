"""The findings of attacks as tables, one for each attack, as the attack itself describes it."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from fedser.privacy.attacks import ATTACKS, Attack, Plot
from fedser.privacy.attacks.finding import SETTING
from fedser.results.numerals import NONE, decimal, grouped, p_value
from fedser.results.table import Row, Table

_COUNTS = ("rounds", "batch", "steps")


def attacks_of(findings: pd.DataFrame) -> Iterator[tuple[type[Attack], pd.DataFrame]]:
    """Yield each attack that has findings, with its rows of attacks.csv, in their order."""
    for name in dict.fromkeys(findings["attack"]):
        rows = findings[findings["attack"] == name]
        yield ATTACKS[name] if name in ATTACKS else _stranger(str(name), str(rows["metric"].iloc[0])), rows


def attack_tables(findings: pd.DataFrame) -> list[Table]:
    """Return one table for each attack that has findings, in blocks by the first column."""
    return [_table(str(k), attack, rows) for k, (attack, rows) in enumerate(attacks_of(findings), start=1)]


def held(attack: type[Attack], plot: Plot, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the findings of an attack that a plot draws, of all metrics: each column held at one value.

    That is the value with the most values of `across`, the first of several.
    """
    for column in plot.held:
        shown = rows if plot.each == "metric" else rows[rows["metric"] == attack.headline]
        widths = shown.groupby(column, sort=False)[plot.across].nunique()
        if len(widths):
            rows = rows[rows[column] == widths.index[int(np.argmax(widths.to_numpy()))]]
    return rows


def statements_of(rows: pd.DataFrame) -> tuple[str, ...]:
    """Return what the adversaries of some findings know, in order; what only adds to another comes last."""
    found = list(dict.fromkeys(rows["statement"]))
    return tuple(sorted(found, key=lambda text: any(text != other and text.startswith(other) for other in found)))


def metric_label(metric: str) -> str:
    """Return how tables and figures write a metric.

    >>> metric_label("uar"), metric_label("cosine")
    ('UAR', 'cosine')
    """
    return metric.upper() if len(metric) <= 3 else metric


def _stranger(name: str, metric: str) -> type[Attack]:
    """Return a description of an attack that is not known here, as of another's run."""
    columns = ("arm", "variant", "metric", *SETTING)
    return type("UnknownAttack", (Attack,), {"name": name, "title": name, "headline": metric, "columns": columns})


def _table(key: str, attack: type[Attack], rows: pd.DataFrame) -> Table:
    names = [name for name in attack.columns if name not in _COUNTS]
    counts = [name for name in attack.columns if name in _COUNTS]
    tested = bool(rows["p_value"].notna().any())
    numbers = ("estimate", "95 %", "control", "its range", *(("p",) if tested else ()), "n")
    drawn = {number for plot in attack.plots for number in held(attack, plot, rows).index}
    rows = rows[rows.index.isin(drawn)]
    blocks: dict[str, list[Row]] = {}
    for entry in rows.to_dict("records"):
        cells = [str(entry[name]) for name in (*names, *counts)]
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
        title=attack.title,
        caption=attack.caption,
        groups=(),
        header=(*names, *counts, *numbers),
        blocks=tuple(_without_repeats(block) for block in blocks.values()),
        notes=statements_of(rows)[:1],
        text_columns=len(names),
    )


def _without_repeats(block: Sequence[Row]) -> tuple[Row, ...]:
    return tuple(row if k == 0 else ("", *row[1:]) for k, row in enumerate(block))


def _range(low: float, high: float) -> str:
    if low == high or not (math.isfinite(low) and math.isfinite(high)):
        return NONE
    return f"{decimal(low)} to {decimal(high)}"
