"""A figure of the report as one of matplotlib: the same panels and legend, in colours of its own."""

import warnings

import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from fedser.report.figures.drawing import Drawing, LegendEntry, by_day
from fedser.report.figures.panel import HIGH, INK, MUTED, SURFACE, VARIABLES, Panel


def paint(axes):
    axes.plot([0, 1, 2], [0.1, 0.5, 0.25], "o-", color=HIGH, markerfacecolor=SURFACE)
    axes.fill_between([0, 1], 0, 1, color=MUTED, alpha=0.25)
    axes.set_title("$x_1$ <room>", color=INK)
    axes.set_ylabel("score")


@pytest.fixture
def figure():
    swatch = Panel("sign", "a sign", lambda axes: axes.plot([0, 1], [0, 0], color=HIGH), (0.5, 0.2))
    panels = [Panel(f"panel-{k}", "a curve", paint) for k in range(4)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return Drawing(panels, [LegendEntry("GEM", swatch)]).figure()


def test_panels_stand_side_by_side_with_their_legend(figure):
    assert isinstance(figure, Figure)
    assert len(figure.axes) == 4
    assert [axes.get_subplotspec().get_geometry()[:2] for axes in figure.axes] == [(2, 3)] * 4
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["GEM"]
    assert figure.axes[0].lines[0].get_ydata().tolist() == [0.1, 0.5, 0.25]


def test_no_stand_in_colour_is_left(figure):
    used = set()
    for artist in figure.findobj():
        for part in ("color", "markerfacecolor", "facecolor", "edgecolor"):
            value = getattr(artist, f"get_{part}", lambda: "none")()
            if isinstance(value, str | tuple) and value not in ("none", "auto", ()):
                used.add(to_hex(value))
    assert used & set(VARIABLES) == set()
    line, band = figure.axes[0].lines[0], figure.axes[0].collections[0]
    assert to_hex(line.get_color()) == by_day()[HIGH] == "#0072b2"
    assert to_hex(line.get_markerfacecolor()) == by_day()[SURFACE]
    assert to_hex(band.get_facecolor()[0]) == by_day()[MUTED]
    assert band.get_facecolor()[0][3] == 0.25
    assert to_hex(figure.axes[0].title.get_color()) == by_day()[INK]


def test_the_page_s_palette_is_whole():
    assert set(by_day()) == set(VARIABLES)


def test_it_is_drawn_anew_each_time_and_can_be_saved(figure, tmp_path):
    drawing = Drawing([Panel("one", "a curve", paint)])
    assert drawing.figure() is not drawing.figure()
    figure.savefig(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 10_000
