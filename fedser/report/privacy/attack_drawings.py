"""The figures of an attack's report, by name: one for each attack, as its plots describe it."""

from collections.abc import Iterator

import pandas as pd

from fedser.privacy.attacks import Attack, Plot
from fedser.report.figures.drawing import Drawing
from fedser.report.figures.panel import Panel
from fedser.report.privacy.attack_figures import findings_panel, short_arm, swatches
from fedser.results.privacy import AttackRun
from fedser.results.privacy.attack_tables import attacks_of, held, metric_label


def attack_drawings(run: AttackRun) -> dict[str, Drawing]:
    """Return the figure of each attack that has findings, in order."""
    found = {}
    for attack, rows in attacks_of(run.findings):
        variants = [str(value) for value in dict.fromkeys(rows["variant"])]
        plots = enumerate(attack.plots)
        panels = [panel for k, plot in plots for panel in _panels(attack, k, plot, rows, variants)]
        found[attack.name] = Drawing(panels, swatches(variants, f"legend-{attack.name}"))
    return found


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
