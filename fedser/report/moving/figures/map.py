"""Who was where when: devices down, rounds across."""

from collections import defaultdict
from itertools import groupby

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from fedser.report.figures.panel import INK, Panel
from fedser.report.moving.figures.look import AWAY, place_colour
from fedser.results.moving import MovingRun

MOST = 60
"""So many devices are drawn, evenly spaced by number."""

ACROSS = 600
"""So many cells are drawn across at most: one a point. In a longer run each stands for several rounds."""

LETTERED = 24
"""With no more devices than this the first letters of each place are written into the map."""

LETTER = 6
"""Points that a letter takes; a narrower stretch has none."""

TOOK_PART, WAITED, UNAVAILABLE = 0.85, 0.32, 0.3
"""Opacities."""


def shown_devices(run: MovingRun) -> NDArray[np.int64]:
    """Return the numbers of the devices that the map shows."""
    known = run.followed
    return known[np.unique(np.linspace(0, len(known) - 1, min(MOST, len(known))).round().astype(np.int64))]


def device_map(run: MovingRun, name: str) -> Panel:
    """Return the map of the first seed; full colour where the device took part in the first arm's round."""
    devices = shown_devices(run)
    width = -(-run.rounds // ACROSS)
    begins = np.arange(0, run.rounds, width)
    places = run.places[0][devices][:, begins]
    available = np.logical_or.reduceat(run.available[0][devices], begins, axis=1)
    took_part = np.logical_or.reduceat(_took_part(run)[devices], begins, axis=1)

    def paint(axes: Axes) -> None:
        boxes: dict[tuple[str, float], list[Path]] = defaultdict(list)
        for row in range(len(devices)):
            start = 0
            for (place, here, active), stretch in groupby(
                zip(places[row].tolist(), available[row].tolist(), took_part[row].tolist(), strict=True)
            ):
                length = width * len(list(stretch))
                if place >= 0:
                    end = min(start + length, run.rounds)
                    boxes[_look(place, here, active)].append(_box(start + 0.5, end + 0.5, row))
                start += length
            if len(devices) <= LETTERED:
                _letters(axes, run, row, places[row], width)
        # One shape for each look: a shape for each stay would take longer than the rest of the report.
        for (colour, alpha), paths in boxes.items():
            shape = Path.make_compound_path(*paths)
            axes.add_patch(PathPatch(shape, facecolor=colour, alpha=alpha, linewidth=0))
        axes.set(xlim=(0.5, run.rounds + 0.5), ylim=(len(devices) - 0.5, -0.5))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        ticks = np.unique(np.linspace(0, len(devices) - 1, min(12, len(devices))).round().astype(int))
        axes.set_yticks(ticks, [str(devices[tick]) for tick in ticks])
        axes.grid(visible=False)
        axes.set_xlabel("round")
        axes.set_ylabel("device")

    height = 0.75 + max(0.3, 0.1 * len(devices) if len(devices) > LETTERED else 0.2 * len(devices))
    return Panel(name, _label(run), paint, size=(8.5, height))


def _look(place: int, here: bool, active: bool) -> tuple[str, float]:
    return (place_colour(place), TOOK_PART if active else WAITED) if here else (AWAY, UNAVAILABLE)


def _box(left: float, right: float, row: int) -> Path:
    low, high = row - 0.44, row + 0.44
    return Path([(left, low), (right, low), (right, high), (left, high), (left, low)], closed=True)


def _letters(axes: Axes, run: MovingRun, row: int, places: NDArray[np.int64], width: int) -> None:
    start = 0
    for place, stretch in groupby(places):
        length = len(list(stretch))
        if place >= 0 and length * width * ACROSS >= LETTER * run.rounds:
            text = run.environments[int(place)][: 2 * length]
            axes.text(start * width + 0.6, row, text, va="center", color=INK, fontsize=6)
        start += length


def _took_part(run: MovingRun) -> NDArray[np.bool_]:
    first, arm = run.seeds[0], run.arms[0]
    costs = run.costs[
        (run.costs["seed"] == first)
        & (run.costs["mode"] == arm.mode)
        & (run.costs["method"] == arm.method)
        & (run.costs["memory"] == arm.memory)
        & (run.costs["outcome"] == "trained")
    ]
    took_part = np.zeros((run.devices, run.rounds), dtype=np.bool_)
    took_part[costs["device"].to_numpy(np.int64), costs["round"].to_numpy(np.int64) - 1] = True
    return took_part


def _label(run: MovingRun) -> str:
    places, available = run.places[0][run.followed], run.available[0][run.followed]
    known = int((places >= 0).sum())
    shares = [
        f"{name} {100 * np.mean((places == place)[places >= 0]):.0f} %" if known else name
        for place, name in enumerate(run.environments)
    ]
    here = f", available {100 * np.mean(available[places >= 0]):.0f} %" if known else ""
    width = -(-run.rounds // ACROSS)
    cells = f"; a cell is {width} rounds: the place in the first, taking part in any" if width > 1 else ""
    return (
        f"Where {len(run.followed)} devices were in {run.rounds} rounds, seed {run.seeds[0]}: "
        f"{', '.join(shares)}{here}{cells}"
    )
