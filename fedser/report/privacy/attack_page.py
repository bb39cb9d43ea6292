"""report.html of `fedser privacy attack`: each attack with what its adversary knows, a figure and a table."""

from pathlib import Path
from typing import Any

import pandas as pd

from fedser.report.privacy.attack_figures import short_arm
from fedser.report.privacy.study_panels import study_panels
from fedser.report.privacy.tables import CAPTIONS, TITLES, attack_tables, statements_of
from fedser.report.template import write_page
from fedser.results.numerals import decimal

METRICS = {"attribute": "uar", "linkage": "accuracy", "membership": "auc", "inversion": "cosine"}
"""What the headline says of each study."""


def write_attack_page(folder: Path, findings: pd.DataFrame) -> Path:
    """Write report.html from the rows of attacks.csv and return its path; the same rows give the same bytes."""
    tables = {table.title: table for table in attack_tables(findings)}
    studies = []
    for study, title in TITLES.items():
        rows = findings[findings["study"] == study]
        if rows.empty:
            continue
        panels, legend = study_panels(study, rows)
        studies.append(
            {
                "name": study,
                "title": title,
                "knows": statements_of(rows)[0],
                "statements": statements_of(rows)[1:],
                "caption": f"{CAPTIONS[study]} Bars: 95 % intervals; grey: the controls' mean and central 95 %.",
                "panels": panels,
                "legend": legend,
                "table": tables[title],
            }
        )
    content: dict[str, Any] = {
        "folder": folder.name,
        "headline": _headline(findings),
        "studies": studies,
        "config": (folder / "config.toml").read_text(encoding="utf-8"),
    }
    return write_page(folder, "privacy/attack.html", content)


def _headline(findings: pd.DataFrame) -> list[str]:
    """Return a sentence for each study, about its first setting in every arm: chosen beforehand, not the best."""
    sentences = []
    for study, metric in METRICS.items():
        rows = findings[(findings["study"] == study) & (findings["metric"] == metric)]
        if rows.empty:
            continue
        for column in ("attack", "layer", "rounds", "batch", "steps"):
            rows = rows[rows[column] == rows[column].iloc[0]]
        first = rows.iloc[0]
        setting = {name: first[name] for name in ("attack", "layer", "rounds", "batch", "steps") if first[name]}
        said = ", ".join(
            value if name in ("attack", "layer") else f"{name} {value}" for name, value in setting.items()
        )
        each = "; ".join(
            f"{short_arm(row['arm'])} {decimal(row['estimate'])} [{decimal(row['low'])}, {decimal(row['high'])}]"
            for row in rows.to_dict("records")
        )
        sentences.append(f"{TITLES[study]} ({said}): {metric.upper()} {each}; controls {_range(rows['control'])}.")
    return sentences


def _range(values: "pd.Series[float]") -> str:
    low, high = decimal(values.min()), decimal(values.max())
    return low if low == high else f"{low} to {high}"
