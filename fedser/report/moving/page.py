"""report.html of a moving-devices run: one file that opens offline."""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from fedser.protocol.arms import MODES, Arm, title_of
from fedser.report.figures.panel import Panel
from fedser.report.moving import figures
from fedser.report.moving.figures.look import AWAY, place_colour
from fedser.report.moving.figures.map import TOOK_PART, UNAVAILABLE, WAITED
from fedser.report.moving.headline import headline
from fedser.report.record import record_lines
from fedser.report.template import write_page
from fedser.results.moving import MovingRun, all_moving_tables, read_moving_run
from fedser.results.moving.measures import AVERAGE, FORGETTING
from fedser.rules import RULES
from fedser.strategies import STRATEGIES
from fedser.vocabulary import TARGETS

MODE_DOES = {
    "local": "each device adapts alone, from the shared model of the start.",
    "federated": "after each round the server averages the devices' models, and all go on from that.",
    "personal-head": "the body of the model is averaged; each device keeps its own heads.",
}


def write_report(run_folder: Path) -> Path:
    """Write report.html into a finished run folder and return its path; the same run gives the same bytes.

    Raises RunError if the folder is not a finished run of moving devices, or is not writable.
    """
    return write_page(run_folder, "moving/moving.html", _content(read_moving_run(run_folder)))


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
        "map": figures.device_map(run, "map"),
        "shown": len(figures.shown_devices(run)),
        "places": _places(run),
        "rounds": {target: _rounds(run, target) for target in TARGETS},
        "away": {target: _away(run, target) for target in TARGETS},
        "devices": {target: _devices(run, target) for target in TARGETS},
        "cost": {target: _cost(run, target) for target in TARGETS},
        "prequential": {target: _prequential(run, target) for target in TARGETS},
        "window": figures.window_of(run),
        "learners": partial(_learners, run),
        "everyone": partial(_everyone, run),
        "tables": {number: [table for table in tables if table.key[0] == number] for number in "123456"},
        "record": record_lines(run.record),
        "defaults": run.record.get("defaults", []),
        "warnings": run.record.get("warnings", []),
    }


def _learners(run: MovingRun, name: str, arms: Sequence[Arm] = ()) -> list[dict[str, Any]]:
    """Return a legend of methods and memories, for figures of one mode (its `arms`) or with panels for each."""
    first = {arm.learner: arm for arm in reversed(run.arms)}
    learners = dict.fromkeys(arm.learner for arm in arms or run.arms)
    return [
        {"label": learner.label, "swatch": figures.arm_swatch(run, first[learner], f"legend-{name}-{k}")}
        for k, learner in enumerate(learners)
    ]


def _everyone(run: MovingRun, name: str) -> list[dict[str, Any]]:
    """Return a legend of all arms, with their markers."""
    return [
        {"label": arm.label, "swatch": figures.arm_swatch(run, arm, f"legend-{name}-{k}", hollow=not arm.shares)}
        for k, arm in enumerate(run.arms)
    ]


def _places(run: MovingRun) -> list[dict[str, Any]]:
    """Return the legend of the map."""
    kinds = [(name, place_colour(place), TOOK_PART) for place, name in enumerate(run.environments)]
    kinds += [("pale: did not take part", place_colour(0), WAITED), ("not available", AWAY, UNAVAILABLE)]
    return [
        {"label": label, "swatch": figures.place_swatch(colour, alpha, label, f"legend-map-{k}")}
        for k, (label, colour, alpha) in enumerate(kinds)
    ]


def _rounds(run: MovingRun, target: str) -> list[dict[str, Any]]:
    """Return a figure for each mode and model: a panel for each environment."""
    shown = []
    for mode in run.modes:
        arms = [arm for arm in run.arms if arm.mode == mode]
        for model in ("personal", "global") if arms[0].shares else ("personal",):
            name = f"rounds-{target}-{mode}-{model}"
            panels = [
                figures.score_curve(run, arms, j, target, model, f"{name}-{j}")
                for j in range(len(run.environments))
            ]
            shown.append({"mode": MODES[mode], "model": model, "name": name, "arms": arms, "panels": panels})
    return shown


def _away(run: MovingRun, target: str) -> list[Panel]:
    return _some(
        paint(run, mode, target, f"{paint.__name__}-{target}-{mode}")
        for mode in run.modes
        for paint in (figures.after_leaving, figures.coming_back)
    )


def _devices(run: MovingRun, target: str) -> list[Panel]:
    return _some(
        figures.device_curve(run, mode, measure, target, f"devices-{target}-{mode}-{measure}")
        for mode in run.modes
        for measure in (AVERAGE, FORGETTING)
    )


def _cost(run: MovingRun, target: str) -> list[Panel]:
    costs = figures.COSTS if len(run.environments) > 1 else figures.COSTS[1:]
    return [figures.cost_panel(run, cost, target, f"cost-{target}-{cost}") for cost in costs]


def _prequential(run: MovingRun, target: str) -> list[Panel]:
    return _some(
        figures.prequential_panel(run, mode, target, f"prequential-{target}-{mode}") for mode in run.modes
    )


def _some(panels: Iterable[Panel | None]) -> list[Panel]:
    return [panel for panel in panels if panel]
