"""The figures of a frontier's report, by name: utility and leakage against ε."""

from dataclasses import dataclass
from itertools import product

from fedser.protocol.arms import MODES, Arm, arms_of
from fedser.report.figures.arm_style import style_of, swatch
from fedser.report.figures.drawing import Drawing, LegendEntry
from fedser.report.privacy.frontier_figures import frontier_panel, telling_panel
from fedser.results.privacy import FrontierRun

PANELS = {
    "ccc": "Activation CCC, global model",
    "forgetting": "Forgetting, activation CCC",
    "gender_uar": "Gender inference, UAR",
    "row_space_auc": "Membership of the memory by row space, AUC",
    "lira_auc": "Membership of the memory by LiRA, AUC",
}
"""Measure → what is drawn of it."""
MEMORY = ("row_space_auc", "lira_auc")
"""What is drawn against forgetting, too."""


@dataclass(frozen=True)
class FrontierRow:
    """What is drawn together: a memory capacity, and arms of one mode and rule, which differ in how they learn."""

    mode: str
    rule: str
    capacity: int

    @property
    def name(self) -> str:
        """Return the name of the figure."""
        return f"{self.mode}{f'@{self.rule}' if self.rule else ''}-memory-{self.capacity}"

    @property
    def arms(self) -> str:
        """Return how a heading says which arms these are."""
        return f"{MODES.get(self.mode, self.mode)}{f' @{self.rule}' if self.rule else ''}"


def rows_of(run: FrontierRun) -> list[FrontierRow]:
    """Return the rows of figures in order."""
    groups = dict.fromkeys((arm.mode, arm.rule) for arm in arms_of(run.cells))
    capacities = sorted(run.cells["capacity"].unique().tolist())
    return [FrontierRow(mode, rule, capacity) for (mode, rule), capacity in product(groups, capacities)]


def frontier_drawings(run: FrontierRun) -> dict[str, Drawing]:
    """Return the figure of each row."""
    arms = list(dict.fromkeys(arms_of(run.cells)))
    return {row.name: _drawing(run, row, arms, number) for number, row in enumerate(rows_of(run))}


def _drawing(run: FrontierRun, row: FrontierRow, arms: list[Arm], number: int) -> Drawing:
    group = {arm: style_of(arm, arms) for arm in arms if (arm.mode, arm.rule) == (row.mode, row.rule)}
    # What keeps no memory does not depend on its capacity, and is run once.
    shown = run.cells[(run.cells["capacity"] == row.capacity) | (run.cells["memory"] == "none")]
    panels = [
        frontier_panel(shown, group, measure, f"{measure}-{number}", title) for measure, title in PANELS.items()
    ]
    panels += [
        telling_panel(shown, group, measure, f"told-{measure}-{number}", PANELS[measure]) for measure in MEMORY
    ]
    names = [f"legend-{number}-{k}" for k in range(len(arms))]
    legend = [LegendEntry(arm.label, swatch(arm, arms, name)) for arm, name in zip(arms, names, strict=True)]
    return Drawing(panels, legend)
