"""report.html: one file that opens offline, with the tables, the figures and the record of a run."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from fedser.protocol.arms import Arm, title_of
from fedser.report.one_device import figures
from fedser.report.one_device.figures.predictions import MOST
from fedser.report.one_device.headline import headline
from fedser.report.record import record_lines
from fedser.report.template import write_page
from fedser.results.one_device.run import RunResults, read_run
from fedser.results.one_device.tables import Table, all_tables
from fedser.results.one_device.tables.scores import memory_arms, method_arms
from fedser.strategies import STRATEGIES
from fedser.vocabulary import TARGETS


def write_report(run_folder: Path) -> Path:
    """Write report.html into a finished run folder and return its path.

    The same run gives the same bytes. Raises RunError if the folder is not a finished run, or is not writable.
    """
    run = read_run(run_folder)
    return write_page(run_folder, "one_device/report.html", _content(run))


def _content(run: RunResults) -> dict[str, Any]:
    several = len(run.environments) > 1
    main = method_arms(run) or run.arms
    tables = all_tables(run)
    return {
        "run": run,
        "several": several,
        "heatmap_grid": "grid small" if len(run.environments) < 5 else "grid",
        "headline": headline(run),
        "methods": _methods(run),
        "deviation": ", bands of ± one standard deviation over the seeds" if len(run.seeds) > 1 else "",
        "bars": "; bars are ± one standard deviation over the seeds" if len(run.seeds) > 1 else "",
        "legend": partial(_legend, run, main),
        "everyone": partial(_legend, run, run.arms),
        "forgetting": _forgetting(run, main),
        "heatmaps": _heatmaps(run),
        "memory": _memory(run),
        "predictions": _predictions(run, main),
        "most": MOST,
        "cost": [figures.cost_against_score(run, target, f"cost-{target}") for target in TARGETS],
        "learning": _learning(run, main),
        "tables": {number: _numbered(tables, number) for number in "123456"},
        "untested": _untested(run),
        "record": record_lines(run.record),
        "defaults": run.record.get("defaults", []),
        "warnings": run.record.get("warnings", []),
    }


def _legend(run: RunResults, arms: Sequence[Arm], name: str, of_methods: bool = False) -> list[dict[str, Any]]:
    """Return a legend for one figure, whose name makes its parts unique on the page."""
    return [
        {
            "label": title_of(arm.method) if of_methods else arm.label,
            "swatch": figures.swatch(arm, run.arms, f"legend-{name}-{k}"),
        }
        for k, arm in enumerate(arms)
    ]


def _forgetting(run: RunResults, arms: Sequence[Arm]) -> dict[str, list[figures.Panel]]:
    return {
        target: [
            figures.forgetting_curve(run, j, target, arms, f"forgetting-{target}-{j}")
            for j in range(len(run.environments))
        ]
        for target in TARGETS
    }


def _heatmaps(run: RunResults) -> dict[str, list[figures.Panel]]:
    return {
        target: [figures.heatmap(run, arm, target, f"R-{target}-{k}") for k, arm in enumerate(run.arms)]
        for target in TARGETS
    }


def _memory(run: RunResults) -> dict[str, Any] | None:
    arms = memory_arms(run)
    if not arms or len(run.environments) == 1:
        return None
    panels = {
        target: [
            figures.memory_panel(run, j, target, arms, f"memory-{target}-{j}")
            for j in range(len(run.environments))
        ]
        for target in TARGETS
    }
    methods = list({arm.method: arm for arm in reversed(arms)}.values())[::-1]
    return {"legend": partial(_legend, run, methods, of_methods=True), **panels}


def _predictions(run: RunResults, main: Sequence[Arm]) -> list[dict[str, Any]]:
    """Return the panels of every arm, those of the main arms open; with one environment all share a model."""
    if len(run.environments) == 1:
        shown = [{"label": "all arms", "open": True, **_prediction_panels(run, main[0], 0)}]
    else:
        arms = [*main, *(arm for arm in run.arms if arm not in main)]
        shown = [
            {"label": arm.label, "open": arm in main, **_prediction_panels(run, arm, k)}
            for k, arm in enumerate(arms)
        ]
    return [entry for entry in shown if entry["activation"]]


def _prediction_panels(run: RunResults, arm: Arm, k: int) -> dict[str, list[figures.Panel]]:
    places = list(enumerate(run.environments))
    panels = {
        target: [
            figures.prediction_panel(run, arm, environment, target, f"predictions-{target}-{k}-{j}")
            for j, environment in places
        ]
        for target in TARGETS
    }
    return {target: [panel for panel in row if panel] for target, row in panels.items()}


def _learning(run: RunResults, arms: Sequence[Arm]) -> list[figures.Panel]:
    panels = (figures.learning_curves(run, i, arms, f"learning-{i}") for i in range(len(run.stages)))
    return [panel for panel in panels if panel]


def _methods(run: RunResults) -> list[dict[str, str]]:
    present = dict.fromkeys(arm.method for arm in run.arms)
    return [{"name": title_of(name), "does": STRATEGIES[name].does} for name in present if name in STRATEGIES]


def _numbered(tables: Sequence[Table], number: str) -> list[Table]:
    return [table for table in tables if table.key[0] == number]


def _untested(run: RunResults) -> str:
    if len(run.environments) == 1:
        return "With one environment there is nothing to compare: all arms share the first model."
    if len(run.seeds) == 1:
        return "One seed: a paired test needs at least two."
    return "There was nothing to test: a test needs an arm and its baseline."
