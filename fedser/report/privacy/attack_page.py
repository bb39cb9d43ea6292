"""report.html of `fedser privacy attack`: each attack with what its adversary knows, a figure and a table."""

from pathlib import Path
from typing import Any

import pandas as pd

from fedser.privacy.attacks import Attack
from fedser.privacy.attacks.finding import SETTING
from fedser.report.privacy.attack_figures import short_arm
from fedser.report.privacy.attack_panels import attack_panels
from fedser.report.template import write_page
from fedser.results.numerals import decimal
from fedser.results.privacy.attack_tables import attack_tables, attacks_of, metric_label, statements_of

BARS = "Bars: 95 % intervals; grey: the controls' mean and central 95 %."


def write_attack_page(folder: Path, findings: pd.DataFrame) -> Path:
    """Write report.html from the rows of attacks.csv and return its path; the same rows give the same bytes."""
    attacks, sources = [], []
    for (attack, rows), table in zip(attacks_of(findings), attack_tables(findings), strict=True):
        panels, legend = attack_panels(attack, rows)
        knows, *others = statements_of(rows)
        sources += [f"{attack.name}: {attack.source}"] if attack.source else []
        attacks.append(
            {
                "name": attack.name,
                "title": attack.title,
                "knows": knows,
                "statements": others,
                "caption": f"{attack.caption} {BARS}".strip(),
                "panels": panels,
                "legend": legend,
                "table": table,
            }
        )
    content: dict[str, Any] = {
        "folder": folder.name,
        "headline": [line for attack, rows in attacks_of(findings) if (line := _headline(attack, rows))],
        "attacks": attacks,
        "sources": sources,
        "config": (folder / "config.toml").read_text(encoding="utf-8"),
    }
    return write_page(folder, "privacy/attack.html", content)


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
