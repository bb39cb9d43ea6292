"""The figures of an attack, as its plots describe them."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from fedser.privacy.attacks import Attack, Plot
from fedser.report.figures.panel import Panel
from fedser.report.privacy.attack_figures import findings_panel, short_arm, swatches
from fedser.results.privacy.attack_tables import held, metric_label

Legend = list[dict[str, Any]]


def attack_panels(attack: type[Attack], rows: pd.DataFrame) -> tuple[list[Panel], Legend]:
    """Return the panels of an attack and the legend that they share."""
    variants = [str(value) for value in dict.fromkeys(rows["variant"])]
    panels = [panel for k, plot in enumerate(attack.plots) for panel in _panels(attack, k, plot, rows, variants)]
    return panels, swatches(variants, f"legend-{attack.name}")


def _panels(
    attack: type[Attack], number: int, plot: Plot, rows: pd.DataFrame, variants: list[str]
) -> Iterator[Panel]:
    shown = held(attack, plot, rows)
    if plot.each != "metric":
        shown = shown[shown["metric"] == attack.headline]
    if number and shown[plot.across].nunique() < 2:
        return
    for k, value in enumerate(dict.fromkeys(shown[plot.each])):
        own = shown[shown[plot.each] == value]
        first = own.iloc[0]
        metric = metric_label(str(first["metric"]))
        said = first.to_dict() | {"metric": metric, "arm": short_arm(str(first["arm"]))}
        name = f"{attack.name}-{plot.across}-{k}"
        yield findings_panel(own, plot.across, variants, name, plot.title.format(**said), metric)
