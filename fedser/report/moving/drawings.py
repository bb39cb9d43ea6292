"""The figures of a moving-devices report, by name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fedser.protocol.arms import Arm
from fedser.report.figures.drawing import Drawing, LegendEntry
from fedser.report.figures.panel import Panel
from fedser.report.moving import figures
from fedser.report.moving.figures.look import AWAY, place_colour
from fedser.report.moving.figures.map import TOOK_PART, UNAVAILABLE, WAITED
from fedser.results.moving import MovingRun
from fedser.results.moving.measures import AVERAGE, FORGETTING
from fedser.vocabulary import TARGETS


@dataclass(frozen=True)
class RoundCurves:
    """Which models are drawn over the rounds in one figure: those of a mode, personal or global."""

    mode: str
    model: str

    def name(self, target: str) -> str:
        """Return the name of the figure for a target."""
        return f"rounds-{target}-{self.mode}-{self.model}"


def drawings(run: MovingRun) -> dict[str, Drawing]:
    """Return the figures of a run in the order of its page; those it has nothing for are left out."""
    found = {"map": Drawing([figures.device_map(run, "map")], _places(run))}
    for target in TARGETS:
        found[f"away-{target}"] = Drawing(_away(run, target), _learners(run, f"away-{target}"))
        for curves in round_curves(run):
            found[curves.name(target)] = _rounds(run, curves, target)
        found[f"devices-{target}"] = Drawing(_devices(run, target), _learners(run, f"devices-{target}"))
        found[f"cost-{target}"] = Drawing(_cost(run, target), _everyone(run, f"cost-{target}"))
        found[f"prequential-{target}"] = Drawing(
            _prequential(run, target), _learners(run, f"prequential-{target}")
        )
    return {name: drawing for name, drawing in found.items() if drawing.panels}


def round_curves(run: MovingRun) -> list[RoundCurves]:
    """Return the figures of scores over the rounds: for each mode the personal models, and the global one."""
    sharing = {arm.mode for arm in run.arms if arm.shares}
    return [
        RoundCurves(mode, model)
        for mode in run.modes
        for model in (("personal", "global") if mode in sharing else ("personal",))
    ]


def _learners(run: MovingRun, name: str, arms: Sequence[Arm] = ()) -> list[LegendEntry]:
    """Return a legend of methods and memories, for figures of one mode (its `arms`) or with panels for each."""
    first = {arm.learner: arm for arm in reversed(run.arms)}
    learners = dict.fromkeys(arm.learner for arm in arms or run.arms)
    return [
        LegendEntry(learner.label, figures.arm_swatch(run, first[learner], f"legend-{name}-{k}"))
        for k, learner in enumerate(learners)
    ]


def _everyone(run: MovingRun, name: str) -> list[LegendEntry]:
    """Return a legend of all arms, with their markers."""
    return [
        LegendEntry(arm.label, figures.arm_swatch(run, arm, f"legend-{name}-{k}", hollow=not arm.shares))
        for k, arm in enumerate(run.arms)
    ]


def _places(run: MovingRun) -> list[LegendEntry]:
    """Return the legend of the map."""
    kinds = [(name, place_colour(place), TOOK_PART) for place, name in enumerate(run.environments)]
    kinds += [("pale: did not take part", place_colour(0), WAITED), ("not available", AWAY, UNAVAILABLE)]
    return [
        LegendEntry(label, figures.place_swatch(colour, alpha, label, f"legend-map-{k}"))
        for k, (label, colour, alpha) in enumerate(kinds)
    ]


def _rounds(run: MovingRun, curves: RoundCurves, target: str) -> Drawing:
    """Return a panel for each environment."""
    arms, name = [arm for arm in run.arms if arm.mode == curves.mode], curves.name(target)
    panels = [
        figures.score_curve(run, arms, j, target, curves.model, f"{name}-{j}")
        for j in range(len(run.environments))
    ]
    return Drawing(panels, _learners(run, name, arms))


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
