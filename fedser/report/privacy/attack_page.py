"""report.html of `fedser privacy attack`: each attack with what its adversary knows, a figure and a table."""

from pathlib import Path
from typing import Any

import pandas as pd

from fedser.privacy.attacks import Attack
from fedser.privacy.attacks.finding import SETTING
from fedser.report.privacy.attack_drawings import attack_drawings
from fedser.report.privacy.attack_figures import short_arm
from fedser.report.template import write_page
from fedser.results.numerals import decimal
from fedser.results.privacy import AttackRun
from fedser.results.privacy.attack_tables import attack_tables, attacks_of, metric_label, statements_of

BARS = "Bars: 95 % intervals; grey: the controls' mean and central 95 %."


def write_attack_page(run: AttackRun) -> Path:
    """Write report.html into the run's folder and return its path; the same findings give the same bytes."""
    findings = run.findings
    attacks, sources = [], []
    for (attack, rows), table in zip(attacks_of(findings), attack_tables(findings), strict=True):
        knows, *others = statements_of(rows)
        sources += [f"{attack.name}: {attack.source}"] if attack.source else []
        attacks.append(
            {
                "name": attack.name,
                "title": attack.title,
                "knows": knows,
                "statements": others,
                "caption": f"{attack.caption} {BARS}".strip(),
                "table": table,
            }
        )
    content: dict[str, Any] = {
        "folder": run.folder.name,
        "headline": [line for attack, rows in attacks_of(findings) if (line := _headline(attack, rows))],
        "attacks": attacks,
        "sources": sources,
        "drawings": attack_drawings(run),
        "config": run.config,
    }
    return write_page(run.folder, "privacy/attack.html", content)


def _headline(attack: type[Attack], rows: pd.DataFrame) -> str:
    """Return a sentence about an attack's first setting in every arm: chosen beforehand, not the best."""
    rows = rows[rows["metric"] == attack.headline]
    if rows.empty:
        return ""
    for column in ("variant", *SETTING):
        rows = rows[rows[column] == rows[column].iloc[0]]
    first = rows.iloc[0]
    said = ", ".join(
        first[name] if name in ("variant", "layer") else f"{name} {first[name]}"
        for name in ("variant", *SETTING)
        if first[name]
    )
    each = "; ".join(
        f"{short_arm(row['arm'])} {decimal(row['estimate'])} [{decimal(row['low'])}, {decimal(row['high'])}]"
        for row in rows.to_dict("records")
    )
    controls = _range(rows["control"])
    return f"{attack.title} ({said}): {metric_label(attack.headline)} {each}; controls {controls}."


def _range(values: "pd.Series[float]") -> str:
    low, high = decimal(values.min()), decimal(values.max())
    return low if low == high else f"{low} to {high}"
