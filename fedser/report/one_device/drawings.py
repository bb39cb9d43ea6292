"""The figures of a one-device report, by name."""

from collections.abc import Iterable, Sequence

from fedser.protocol.arms import Arm, title_of
from fedser.report.figures.drawing import Drawing, LegendEntry
from fedser.report.figures.panel import Panel
from fedser.report.one_device import figures
from fedser.results.one_device.run import RunResults
from fedser.results.one_device.tables.memories import memory_arms
from fedser.results.one_device.tables.scores import method_arms
from fedser.vocabulary import TARGETS


def drawings(run: RunResults) -> dict[str, Drawing]:
    """Return the figures of a run in the order of its page; those it has nothing for are left out."""
    main = method_arms(run) or run.arms
    several = len(run.environments) > 1
    found: dict[str, Drawing] = {}
    for target in TARGETS if several else ():
        found[f"forgetting-{target}"] = _forgetting(run, target, main)
        found[f"R-{target}"] = _heatmaps(run, target)
    for target in TARGETS if several and memory_arms(run) else ():
        found[f"memory-{target}"] = _memory(run, target, memory_arms(run))
    for target in TARGETS:
        found |= _predictions(run, target)
    if several:
        costs = [figures.cost_against_score(run, target, f"cost-{target}") for target in TARGETS]
        found["cost"] = Drawing(costs, _legend(run, run.arms, "cost"))
    found["learning"] = _learning(run, main)
    return {name: drawing for name, drawing in found.items() if drawing.panels}


def shown_predictions(run: RunResults) -> tuple[Arm, ...]:
    """Return the arms whose predictions are shown, the main ones first; one environment has one model for all."""
    main = tuple(method_arms(run) or run.arms)
    if len(run.environments) == 1:
        return main[:1]
    return (*main, *(arm for arm in run.arms if arm not in main))


def _legend(run: RunResults, arms: Sequence[Arm], name: str, of_methods: bool = False) -> list[LegendEntry]:
    """Return a legend for one figure, whose name makes its parts unique on the page."""
    return [
        LegendEntry(
            title_of(arm.method) if of_methods else arm.label, figures.swatch(arm, run.arms, f"legend-{name}-{k}")
        )
        for k, arm in enumerate(arms)
    ]


def _forgetting(run: RunResults, target: str, arms: Sequence[Arm]) -> Drawing:
    panels = [
        figures.forgetting_curve(run, j, target, arms, f"forgetting-{target}-{j}")
        for j in range(len(run.environments))
    ]
    return Drawing(panels, _legend(run, arms, f"forgetting-{target}"))


def _heatmaps(run: RunResults, target: str) -> Drawing:
    return Drawing([figures.heatmap(run, arm, target, f"R-{target}-{k}") for k, arm in enumerate(run.arms)])


def _memory(run: RunResults, target: str, arms: Sequence[Arm]) -> Drawing:
    panels = [
        figures.memory_panel(run, j, target, arms, f"memory-{target}-{j}") for j in range(len(run.environments))
    ]
    methods = list({arm.method: arm for arm in reversed(arms)}.values())[::-1]
    return Drawing(panels, _legend(run, methods, f"memory-{target}", of_methods=True))


def _predictions(run: RunResults, target: str) -> dict[str, Drawing]:
    found = {}
    for k, arm in enumerate(shown_predictions(run)):
        panels = (
            figures.prediction_panel(run, arm, environment, target, f"predictions-{target}-{k}-{j}")
            for j, environment in enumerate(run.environments)
        )
        found[f"predictions-{target}-{arm.name}"] = Drawing(_some(panels))
    return found


def _learning(run: RunResults, arms: Sequence[Arm]) -> Drawing:
    panels = _some(figures.learning_curves(run, i, arms, f"learning-{i}") for i in range(len(run.stages)))
    return Drawing(panels, _legend(run, arms, "learning") if len(run.stages) > 1 else ())


def _some(panels: Iterable[Panel | None]) -> list[Panel]:
    return [panel for panel in panels if panel]
