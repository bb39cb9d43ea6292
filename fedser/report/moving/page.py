"""report.html of a moving-devices run: one file that opens offline."""

from pathlib import Path
from typing import Any

from fedser.protocol.arms import MODES, title_of
from fedser.report.moving import figures
from fedser.report.moving.drawings import drawings, round_curves
from fedser.report.moving.headline import headline
from fedser.report.record import record_lines
from fedser.report.template import write_page
from fedser.results.moving import MovingRun, all_moving_tables
from fedser.results.moving.warnings import moving_warnings
from fedser.results.table_notes import gathered
from fedser.rules import RULES
from fedser.strategies import STRATEGIES
from fedser.vocabulary import TARGETS

MODE_DOES = {
    "local": "each device adapts alone, from the shared model of the start.",
    "federated": "after each round the server averages the devices' models, and all go on from that.",
    "personal-head": "the body of the model is averaged; each device keeps its own heads.",
    "personal-norm": "weights and biases are averaged; each device keeps its own gains and shifts of LayerNorm.",
    "fedrep": "the body is averaged; each device first trains its own heads, then the body under them.",
    "ditto": "models are averaged; each device also trains one of its own, held near the average, which stays.",
}


def write_report(run: MovingRun) -> Path:
    """Write report.html into the run's folder and return its path; the same run gives the same bytes.

    Raises RunError if the folder is not writable.
    """
    return write_page(run.folder, "moving/moving.html", _content(run))


def _content(run: MovingRun) -> dict[str, Any]:
    tables = all_moving_tables(run)
    methods = dict.fromkeys(arm.method for arm in run.arms)
    rules = [RULES[rule] for rule in dict.fromkeys(arm.rule for arm in run.arms) if rule in RULES]
    return {
        "run": run,
        "headline": headline(run),
        "modes": [{"name": MODES[mode], "does": MODE_DOES[mode]} for mode in run.modes],
        "methods": [{"name": title_of(m), "does": STRATEGIES[m].does} for m in methods if m in STRATEGIES],
        "rules": [{"label": f"{rule.title} (@{rule.name})", "does": rule.does} for rule in rules],
        "several": len(run.environments) > 1,
        "band": ", bands of ± one standard deviation over the seeds" if len(run.seeds) > 1 else "",
        "bars": "; bars are ± one standard deviation over the seeds" if len(run.seeds) > 1 else "",
        "drawings": drawings(run),
        "shown": len(figures.shown_devices(run)),
        "rounds": {target: _rounds(run, target) for target in TARGETS},
        "window": figures.window_of(run),
        "tables": {number: [table for table in tables if table.key[0] == number] for number in "12345678"},
        "table_notes": gathered(tables),
        "record": record_lines(run.record),
        "defaults": run.record.get("defaults", []),
        "warnings": moving_warnings(run),
    }


def _rounds(run: MovingRun, target: str) -> list[dict[str, str]]:
    """Return what the page says of the figures of scores over the rounds."""
    return [
        {"mode": MODES[curves.mode], "model": curves.model, "name": curves.name(target)}
        for curves in round_curves(run)
    ]
