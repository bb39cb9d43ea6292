"""How an arm looks in every figure: colour and dash say the method, the marker says the memory."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from fedser.report.figures.panel import MUTED, SERIES, Panel
from fedser.results.arms import Arm

_METHODS = ("finetuning", "exper", "gem")
_DASHES: tuple[object, ...] = ("-", "-", (0, (5, 1.5)), (0, (3, 1, 1, 1)), (0, (1, 1)))
_MARKERS = {"none": "s", "random": "o", "length": "^", "gender": "P", "speaker": "v"}


@dataclass(frozen=True)
class ArmStyle:
    """Colour, dash and marker of an arm, never colour alone."""

    colour: str
    dash: object
    marker: str


def style_of(arm: Arm, arms: Sequence[Arm]) -> ArmStyle:
    """Return the look of an arm; methods without a place of their own get one by their order in the run."""
    if arm.method == "joint":
        return ArmStyle(MUTED, (0, (1, 1.5)), "_")
    others = dict.fromkeys(other.method for other in arms if other.method not in (*_METHODS, "joint"))
    place = [*_METHODS, *others].index(arm.method)
    return ArmStyle(SERIES[place % len(SERIES)], _DASHES[place % len(_DASHES)], _MARKERS.get(arm.memory, "X"))


def swatch(arm: Arm, arms: Sequence[Arm], name: str) -> Panel:
    """Return a short piece of an arm's line, for legends."""
    style = style_of(arm, arms)

    def paint(axes: Axes) -> None:
        axes.set_axis_off()
        axes.plot([0, 1, 2], [0, 0, 0], color=style.colour, linestyle=style.dash, linewidth=1.8)
        axes.plot([1], [0], color=style.colour, marker=style.marker, markersize=5.5)

    return Panel(name, f"line of {arm.label}", paint, size=(0.5, 0.17), place=(0, 0, 1, 1))
