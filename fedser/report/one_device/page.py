"""report.html: one file that opens offline, with the tables, the figures and the record of a run."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fedser.protocol.arms import title_of
from fedser.report.figures.drawing import Drawing
from fedser.report.one_device.drawings import drawings, shown_predictions
from fedser.report.one_device.figures.predictions import MOST
from fedser.report.one_device.headline import headline
from fedser.report.record import record_lines
from fedser.report.template import write_page
from fedser.results.one_device.run import RunResults
from fedser.results.one_device.tables import Table, all_tables
from fedser.results.one_device.tables.scores import method_arms
from fedser.results.one_device.warnings import one_device_warnings
from fedser.results.table_notes import gathered
from fedser.strategies import STRATEGIES


def write_report(run: RunResults) -> Path:
    """Write report.html into the run's folder and return its path; the same run gives the same bytes.

    Raises RunError if the folder is not writable.
    """
    return write_page(run.folder, "one_device/report.html", _content(run))


def _content(run: RunResults) -> dict[str, Any]:
    several = len(run.environments) > 1
    tables, drawn = all_tables(run), drawings(run)
    return {
        "run": run,
        "several": several,
        "heatmap_grid": "grid small" if len(run.environments) < 5 else "grid",
        "headline": headline(run),
        "methods": _methods(run),
        "deviation": ", bands of ± one standard deviation over the seeds" if len(run.seeds) > 1 else "",
        "bars": "; bars are ± one standard deviation over the seeds" if len(run.seeds) > 1 else "",
        "drawings": drawn,
        "predictions": _predictions(run, drawn),
        "most": MOST,
        "tables": {number: _numbered(tables, number) for number in "1234567"},
        "untested": _untested(run),
        "table_notes": gathered(tables),
        "record": record_lines(run.record),
        "defaults": run.record.get("defaults", []),
        "warnings": one_device_warnings(run),
    }


def _predictions(run: RunResults, drawn: Mapping[str, Drawing]) -> list[dict[str, Any]]:
    """Return the arms whose predictions are shown, the main ones open; with one environment all share a model."""
    alone = len(run.environments) == 1
    main = method_arms(run) or run.arms
    return [
        {"label": "all arms" if alone else arm.label, "name": arm.name, "open": arm in main}
        for arm in shown_predictions(run)
        if f"predictions-activation-{arm.name}" in drawn
    ]


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
