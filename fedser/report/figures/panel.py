"""One drawing of the report: a small SVG that follows the page's colours, light or dark.

Figures are drawn in stand-in colours, which become CSS variables in the SVG; text stays text. The same data
gives the same bytes. `fedser.report.figures.drawing` draws the same panels for a notebook.
"""

import io
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

INK, MUTED, LINE, SURFACE = "#010101", "#020202", "#030303", "#040404"
HIGH, LOW = "#050505", "#060606"
SERIES = tuple(f"#1010{n:02x}" for n in range(1, 8))

VARIABLES = {INK: "ink", MUTED: "muted", LINE: "line", SURFACE: "surface", HIGH: "high", LOW: "low"} | {
    colour: f"series-{n}" for n, colour in enumerate(SERIES, start=1)
}
"""Stand-in colour → the name of the page's own, in report.css."""

STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "fedser",
    "text.parse_math": False,  # an environment may have a $ in its name
    "font.family": "DejaVu Sans",
    "font.size": 8.0,
    "axes.edgecolor": LINE,
    "axes.labelcolor": MUTED,
    "axes.titlecolor": INK,
    "axes.titlesize": 9.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "figure.facecolor": "none",
    "grid.color": LINE,
    "grid.linewidth": 0.5,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "text.color": INK,
    "path.simplify": True,
}


Paint = Callable[[Axes], None]


@dataclass(frozen=True)
class Panel:
    """A pair of axes, painted when it is asked for, and the sentence that says what they show."""

    name: str
    """Unique on the page."""
    label: str
    """Read out in place of the drawing."""
    paint: Paint
    size: tuple[float, float] = (3.5, 2.5)
    """Inches, at 72 points."""
    place: tuple[float, float, float, float] | None = None
    """(left, bottom, width, height) of the axes within the figure; it saves working out the margins."""

    @cached_property
    def svg(self) -> Markup:
        """Return it as an SVG element."""
        with mpl.rc_context(STYLE), warnings.catch_warnings():
            # matplotlib only measures letters its own font lacks (a Korean name); the browser draws them.
            warnings.filterwarnings("ignore", message="Glyph .* missing from")
            figure = Figure(figsize=self.size, layout=None if self.place else "constrained")
            self.paint(figure.add_axes(self.place) if self.place else figure.add_subplot())
            buffer = io.StringIO()
            FigureCanvasSVG(figure).print_svg(buffer)  # type: ignore[no-untyped-call]
        return Markup(_inline(buffer.getvalue(), self.name, self.label))


def _inline(svg: str, name: str, label: str) -> str:
    """Return an SVG document as an element for a page: no outside references, its own ids, short coordinates."""
    svg = svg[svg.index("<svg") :].strip()
    # The metadata would say the time.
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|<style[^>]*>.*?</style>", "", svg, flags=re.DOTALL)
    view = re.search(r'viewBox="[^"]*"', svg)
    content = svg[svg.index(">") + 1 :].replace("xlink:href", "href")
    wanted = set(re.findall(r'(?:url\(|href=")#([^)"]+)', content))
    content = re.sub(r' id="([^"]*)"', lambda found: found.group() if found[1] in wanted else "", content)
    content = re.sub(r'( id="|url\(#|href="#)', rf"\g<1>{name}-", content)
    content = re.sub(r"<[^>]*>", lambda tag: _short(tag.group()), content)
    for colour, variable in VARIABLES.items():
        content = content.replace(colour, f"var(--{variable})")
    content = content.replace("'DejaVu Sans', sans-serif", "var(--font)").replace("'DejaVu Sans'", "var(--font)")
    head = f'<svg class="chart" role="img" aria-label="{escape(label)}" {view.group() if view else ""}>'
    return re.sub(r"\s*\n\s*", "\n", head + content)


def _short(tag: str) -> str:
    """Round the coordinates of a tag to hundredths of a point; text between tags is none of its business."""
    return re.sub(r"(?<![\w#-])-?\d+\.\d{3,}", lambda number: f"{float(number.group()):.2f}", tag)
