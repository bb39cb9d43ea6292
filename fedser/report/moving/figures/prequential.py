"""Prequential scores over the rounds: on what devices hear, before they learn from it."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from fedser.protocol.arms import MODES
from fedser.report.figures.panel import Panel
from fedser.report.moving.figures.look import look_of, over_seeds, plot_spread
from fedser.results.moving import MovingRun
from fedser.results.moving.prequential import heard_per_round, prequential_curve
from fedser.results.numerals import decimal

ENOUGH = 100
"""So many utterances, or the nearest to it in whole rounds, go into a point."""


def window_of(run: MovingRun) -> int:
    """Return how many rounds go into one point, at least one, so that it is of about a hundred utterances."""
    heard = heard_per_round(run)
    return run.rounds if heard == 0 else min(run.rounds, max(1, math.ceil(ENOUGH / heard)))


def prequential_panel(run: MovingRun, mode: str, target: str, name: str) -> Panel | None:
    """Return the CCC over all devices and the last few rounds; None if nobody in the mode heard anything."""
    window = window_of(run)
    arms = [arm for arm in run.arms if arm.mode == mode]
    curves = {arm: over_seeds(prequential_curve(run, arm, target, window)) for arm in arms}
    curves = {arm: spread for arm, spread in curves.items() if np.isfinite(spread.mean).any()}
    if not curves:
        return None
    words = [
        f"{arm.label} {decimal(float(spread.mean[np.isfinite(spread.mean)][-1]), 2)}"
        for arm, spread in curves.items()
    ]

    def paint(axes: Axes) -> None:
        rounds = np.arange(1, run.rounds + 1, dtype=np.float64)
        for arm, spread in curves.items():
            plot_spread(axes, rounds, spread, look_of(run, arm))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        axes.set_title(f"{MODES.get(mode, mode)}: prequential")
        axes.set_xlabel("round")
        axes.set_ylabel(f"{target} CCC")

    return Panel(name, f"Prequential {target} CCC, {mode}, at the end: {'; '.join(words)}", paint, size=(3.9, 2.7))
