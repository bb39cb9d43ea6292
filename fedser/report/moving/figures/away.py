"""Forgetting and re-entry: the score on a place left, while away and on coming back."""

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from fedser.metrics.departures import around_return, since_departure
from fedser.protocol.arms import MODES, Arm
from fedser.report.figures.panel import MUTED, Panel
from fedser.report.moving.figures.look import Spread, look_of, over_seeds, plot_spread
from fedser.results.moving import MovingRun
from fedser.results.numerals import decimal

REMAIN = 0.25
"""A curve ends where fewer than this share of the departures are still away."""


def after_leaving(run: MovingRun, mode: str, target: str, name: str) -> Panel | None:
    """Return the change of the score on a place since it was left, mean over departures; None without any."""
    everyone = {arm: _decay(run, arm, target) for arm in run.arms}
    everyone = {arm: spread for arm, spread in everyone.items() if len(spread.mean) > 1}
    curves = {arm: spread for arm, spread in everyone.items() if arm.mode == mode}
    if not curves:
        return None
    limits = _limits(everyone.values())
    words = [f"{arm.label} {decimal(float(spread.mean[-1]), 2)}" for arm, spread in curves.items()]
    longest = max(len(spread.mean) for spread in curves.values()) - 1

    def paint(axes: Axes) -> None:
        axes.axhline(0, color=MUTED, linewidth=0.8, linestyle=(0, (3, 2)))
        for arm, spread in curves.items():
            plot_spread(axes, np.arange(len(spread.mean), dtype=np.float64), spread, look_of(run, arm))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        axes.set_ylim(*limits)
        axes.set_title(f"{MODES.get(mode, mode)}: after leaving")
        axes.set_xlabel("rounds taken part in elsewhere")
        axes.set_ylabel(f"change of {target} CCC there")

    label = f"{target.capitalize()} CCC on a place left, {longest} rounds later, minus that at departure: "
    return Panel(name, label + "; ".join(words), paint, size=(3.9, 2.7))


def coming_back(run: MovingRun, mode: str, target: str, name: str) -> Panel | None:
    """Return the score at departure, on return and at the end of that stay, mean over returns; None without."""
    everyone = {arm: _returns(run, arm, target) for arm in run.arms}
    everyone = {arm: spread for arm, spread in everyone.items() if np.isfinite(spread.mean).all()}
    values = {arm: spread for arm, spread in everyone.items() if arm.mode == mode}
    if not values:
        return None
    limits = _limits(everyone.values())
    words = [f"{arm.label} {', '.join(decimal(float(v), 2) for v in s.mean)}" for arm, s in values.items()]

    def paint(axes: Axes) -> None:
        for place, (arm, spread) in enumerate(values.items()):
            look, x = look_of(run, arm), np.arange(3) + 0.07 * (place - (len(values) - 1) / 2)
            axes.plot(x, spread.mean, color=look.colour, linestyle=look.dash, linewidth=1.4)
            axes.errorbar(
                x, spread.mean, np.nan_to_num(spread.std), color=look.colour, marker=look.marker, ms=5, ls="", lw=1
            )
        axes.set_xticks(range(3), ["at departure", "on return", "when leaving\nagain"])
        axes.set_xlim(-0.3, 2.3)
        axes.set_ylim(*limits)
        axes.set_title(f"{MODES.get(mode, mode)}: coming back")
        axes.set_ylabel(f"{target} CCC on the place")
        axes.grid(visible=False, axis="x")

    label = f"{target.capitalize()} CCC on a place at departure, on return, at the end of that stay: "
    return Panel(name, label + "; ".join(words), paint, size=(3.9, 2.7))


def _limits(spreads: Iterable[Spread]) -> tuple[float, float]:
    """Return one scale for all modes, so that they can be compared."""
    pairs = [(spread.mean, np.nan_to_num(spread.std)) for spread in spreads]
    low = min(float(np.nanmin(mean - std)) for mean, std in pairs)
    high = max(float(np.nanmax(mean + std)) for mean, std in pairs)
    margin = 0.06 * max(high - low, 0.02)
    return low - margin, high + margin


def _decay(run: MovingRun, arm: Arm, target: str) -> Spread:
    """Return the mean curve of each seed, cut where too few are still away."""
    measures = run.measures[arm, target, "ccc"]
    seeds = [since_departure(*pair) for pair in zip(measures.R, measures.stays, strict=True)]
    away = np.sum([one.away for one in seeds], axis=0)
    remain = away >= max(1.0, REMAIN * away[0])
    return over_seeds(np.stack([one.mean for one in seeds])[:, : int(remain.sum())])


def _returns(run: MovingRun, arm: Arm, target: str) -> Spread:
    measures = run.measures[arm, target, "ccc"]
    seeds = [around_return(*pair) for pair in zip(measures.R, measures.stays, strict=True)]
    return over_seeds(np.stack([rows.mean(axis=0) if len(rows) else np.full(3, np.nan) for rows in seeds]))
