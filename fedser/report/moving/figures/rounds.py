"""The score on one environment over the rounds."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from fedser.protocol.arms import Arm
from fedser.report.figures.axes import shortened
from fedser.report.figures.panel import Panel
from fedser.report.moving.figures.look import look_of, over_seeds, plot_spread
from fedser.results.moving import MovingRun
from fedser.results.numerals import decimal


def score_curve(run: MovingRun, arms: Sequence[Arm], j: int, target: str, model: str, name: str) -> Panel:
    """Return the CCC on environment j after each round: means over the seeds, bands of ± one deviation.

    `model`: "global", or "personal" for the predictions of all devices that took part in a round, pooled. Round
    0 is the shared model; a round without a score is passed over.
    """
    curves = {arm: over_seeds(_scores(run, arm, target, model)[:, :, j]) for arm in arms}
    words = [f"{arm.label} {_ends(spread.mean)}" for arm, spread in curves.items()]
    label = f"{target.capitalize()} CCC on {run.environments[j]}, {model}, first and last: {'; '.join(words)}"
    limits = _limits(run, target)

    def paint(axes: Axes) -> None:
        rounds = np.arange(run.rounds + 1, dtype=np.float64)
        for arm, spread in curves.items():
            plot_spread(axes, rounds, spread, look_of(run, arm))
        axes.set_ylim(*limits)
        axes.set_xlim(-0.02 * run.rounds, 1.02 * run.rounds)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        axes.set_title(shortened(run.environments[j]))
        axes.set_xlabel("round")
        axes.set_ylabel(f"{target} CCC, {model}")

    return Panel(name, label, paint, size=(3.3, 2.4))


def _scores(run: MovingRun, arm: Arm, target: str, model: str) -> NDArray[np.float64]:
    server = run.server(arm, target, "ccc")
    if model == "global":
        return server
    pooled = run.pooled(arm, target, "ccc").copy()
    pooled[:, 0] = server[:, 0]
    return pooled


def _ends(mean: NDArray[np.float64]) -> str:
    known = mean[np.isfinite(mean)]
    return f"{decimal(float(known[0]), 2)} → {decimal(float(known[-1]), 2)}" if known.size else "–"


def _limits(run: MovingRun, target: str) -> tuple[float, float]:
    """Return one scale for all panels, so that they can be compared."""
    spreads = [
        over_seeds(_scores(run, arm, target, model)) for arm in run.arms for model in ("personal", "global")
    ]
    low = min(float(np.nanmin(spread.mean - np.nan_to_num(spread.std))) for spread in spreads)
    high = max(float(np.nanmax(spread.mean + np.nan_to_num(spread.std))) for spread in spreads)
    margin = 0.08 * max(high - low, 0.05)
    return low - margin, high + margin
