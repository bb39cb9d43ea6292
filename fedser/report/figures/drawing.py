"""A figure of a report, several panels with one legend, also as a figure of matplotlib for a notebook."""

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.colors import to_hex, to_rgb, to_rgba_array
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerTuple

from fedser.report.figures.panel import STYLE, SURFACE, VARIABLES, Panel

COLUMNS = 3
"""Panels side by side, at most."""
DPI = 110
"""In a notebook."""

_CSS = Path(__file__).parents[1] / "report.css"
_PARTS = ("color", "facecolor", "edgecolor", "markerfacecolor", "markeredgecolor")


class ShownFigure(Figure):
    """A figure of matplotlib that a notebook shows without further ado."""

    def _repr_png_(self) -> bytes:
        buffer = BytesIO()
        self.savefig(buffer, format="png", dpi=DPI)
        return buffer.getvalue()


@dataclass(frozen=True)
class LegendEntry:
    """What a sign in the panels stands for."""

    label: str
    swatch: Panel


@dataclass(frozen=True)
class Drawing:
    """The panels of one figure, and the legend that they share."""

    panels: Sequence[Panel]
    legend: Sequence[LegendEntry] = ()

    def figure(self) -> Figure:
        """Return the panels side by side in a new figure of matplotlib, in the page's colours by day."""
        columns = min(COLUMNS, len(self.panels))
        rows = ceil(len(self.panels) / columns)
        width, height = (max(panel.size[k] for panel in self.panels) for k in (0, 1))
        with mpl.rc_context(STYLE | {"figure.facecolor": SURFACE}), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing from")
            figure = ShownFigure(figsize=(columns * width, rows * height + 0.35), layout="constrained")
            for number, panel in enumerate(self.panels, start=1):
                panel.paint(figure.add_subplot(rows, columns, number))
            self._add_legend(figure)
            figure.draw_without_rendering()  # ticks are made when they are drawn, in the style of that moment
        for artist in figure.findobj():
            _colour(artist)
        return figure

    def _add_legend(self, figure: Figure) -> None:
        signs: list[Any] = []
        for entry in self.legend:
            axes = Figure().add_subplot()
            entry.swatch.paint(axes)
            signs.append((*axes.lines, *axes.collections))
        if signs:
            labels = [entry.label for entry in self.legend]
            look = {"ncols": 4, "frameon": False, "handlelength": 3}
            handlers = {tuple: HandlerTuple(ndivide=1, pad=0)}
            figure.legend(signs, labels, loc="outside lower center", handler_map=handlers, **look)


def _colour(artist: Artist) -> None:
    """Give an artist the page's colours in place of the stand-ins."""
    for part in _PARTS:
        get, put = getattr(artist, f"get_{part}", None), getattr(artist, f"set_{part}", None)
        if get is None or put is None:
            continue
        colours = to_rgba_array(get())
        known = [
            (row, by_day()[to_hex(colour)]) for row, colour in enumerate(colours) if to_hex(colour) in by_day()
        ]
        for row, colour in known:
            colours[row, :3] = to_rgb(colour)
        if known:
            put(colours if len(colours) > 1 else tuple(colours[0]))


@cache
def by_day() -> Mapping[str, str]:
    """Return the colour that each stand-in has on a light page."""
    css = _CSS.read_text(encoding="utf-8")
    light = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", css[: css.index("@media")]))
    return {stand_in: light[name] for stand_in, name in VARIABLES.items()}
