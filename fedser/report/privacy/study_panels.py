"""Which figures each study of attacks.csv has."""

from typing import Any

import pandas as pd

from fedser.report.figures.panel import Panel
from fedser.report.privacy.attack_figures import findings_panel, short_arm, swatches

Legend = list[dict[str, Any]]


def study_panels(study: str, rows: pd.DataFrame) -> tuple[list[Panel], Legend]:
    """Return the panels of a study and the legend that they share."""
    attacks = _values(rows, "attack")
    panels = {"attribute": _attribute, "inversion": _inversion}.get(study, _by_arm)(rows, attacks)
    return panels, swatches(attacks, f"legend-{study}")


def _attribute(rows: pd.DataFrame, attacks: list[str]) -> list[Panel]:
    """By layer for the fewest rounds, and by rounds for the first layer; each arm for itself."""
    rounds, layer, arms = _values(rows, "rounds"), _values(rows, "layer")[0], _values(rows, "arm")
    heading = f"rounds leaked: {rounds[0]}"
    panels = [
        _panel(
            rows,
            {"arm": arm, "rounds": rounds[0]},
            "layer",
            attacks,
            f"layer-{k}",
            f"{short_arm(arm)}, {heading}",
            "UAR",
        )
        for k, arm in enumerate(arms)
    ]
    if len(rounds) > 1:
        panels += [
            _panel(
                rows,
                {"arm": arm, "layer": layer},
                "rounds",
                attacks,
                f"rounds-{k}",
                f"{short_arm(arm)}, {layer}",
                "UAR",
            )
            for k, arm in enumerate(arms)
        ]
    return panels


def _inversion(rows: pd.DataFrame, attacks: list[str]) -> list[Panel]:
    """By batch size at one step, and by steps for the batch size that has several."""
    shown = rows[rows["metric"] == "cosine"]
    panels = [_panel(shown, {"steps": "1"}, "batch", attacks, "batches", "One step, by batch size", "cosine")]
    repeated = _values(shown[shown["steps"] != "1"], "batch")
    if repeated:
        title = f"Batches of {repeated[0]}, by steps"
        panels.append(_panel(shown, {"batch": repeated[0]}, "steps", attacks, "steps", title, "cosine"))
    return panels


def _by_arm(rows: pd.DataFrame, attacks: list[str]) -> list[Panel]:
    study = _values(rows, "study")[0]
    return [
        _panel(rows, {"metric": metric}, "arm", attacks, f"{study}-{metric}", metric.upper(), metric)
        for metric in _values(rows, "metric")
    ]


def _panel(
    rows: pd.DataFrame, where: dict[str, str], across: str, attacks: list[str], name: str, title: str, unit: str
) -> Panel:
    for column, value in where.items():
        rows = rows[rows[column] == value]
    return findings_panel(rows, across, attacks, name, title, unit)


def _values(rows: pd.DataFrame, column: str) -> list[str]:
    return [str(value) for value in dict.fromkeys(rows[column])]
