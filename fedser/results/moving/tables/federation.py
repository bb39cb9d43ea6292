"""Tables 10a and 10b: how evenly devices are served, how soon, and for what memory has room."""

import warnings
from collections.abc import Callable

import numpy as np

from fedser.arrays import Doubles
from fedser.metrics.federations import interval_over_devices, rounds_to, spread
from fedser.metrics.moving import worst_decile
from fedser.protocol.arms import Arm
from fedser.results.moving.measures import AVERAGE, WORST
from fedser.results.moving.run import MovingRun
from fedser.results.moving.tables.captions import over_seeds
from fedser.results.moving.tables.final import by_mode
from fedser.results.numerals import NONE, decimal
from fedser.results.scored_checks import option
from fedser.results.summary import score
from fedser.results.table import Cell, Row, Score, Table
from fedser.vocabulary import TARGETS

METRIC = "ccc"
WAY = 0.9
"""How far from the first model's score to the best arm's the target of Table 10a lies."""
HEADER = ("spread over devices", "95 %", "worst decile", "95 %", "rounds to target", "seeds that reach it")


def federation_tables(run: MovingRun) -> tuple[Table, ...]:
    """Return Table 10a of a run that is scored by CCC, and 10b where memory counts utterances."""
    return (*_fairness(run), *room_table(run))


def _fairness(run: MovingRun) -> tuple[Table, ...]:
    if METRIC not in run.metrics:
        return ()
    blocks: list[tuple[Row, ...]] = []
    goals = []
    for target in TARGETS:
        curves = {arm: own_curve(run, arm, target) for arm in run.arms}
        goal = goal_of(run, target)
        goals.append(f"{NONE if np.isnan(goal) else decimal(goal)} in {target}")
        blocks += by_mode(
            run, [(arm.label, target, *_cells(run, arm, target, curves[arm], goal)) for arm in run.arms]
        )
    table = Table(
        key="10a",
        title="Fairness and speed",
        caption=f"CCC of the devices' own models, averaged over the environments. {over_seeds(run)}",
        groups=(),
        header=("arm", "target", *HEADER),
        blocks=tuple(blocks),
        notes=(
            "spread: standard deviation over devices at the end; worst decile: the lowest tenth of them. 95 %: "
            "interval by a bootstrap over devices within seeds. rounds to target: the first round in which the "
            f"mean over devices comes to {' and '.join(goals)}, nine tenths of the way from the first model to "
            "the best arm at the end; mean over the seeds that reach it.",
        ),
        text_columns=2,
    )
    return (table,)


def goal_of(run: MovingRun, target: str) -> float:
    """Return the score asked for, `WAY` from the first model to the best arm; NaN where no device has one."""
    start = float(np.mean([run.server(arm, target, METRIC)[:, 0].mean() for arm in run.arms]))
    ends = [float(np.mean(run.measures[arm, target, METRIC].by_seed[AVERAGE])) for arm in run.arms]
    best = max((end for end in ends if not np.isnan(end)), default=np.nan)
    return start + WAY * (best - start)


def own_curve(run: MovingRun, arm: Arm, target: str) -> Doubles:
    """Return the mean score of devices' own models, (seeds, rounds), over those scored in a round, else NaN."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a round in which nobody is scored
        curve: Doubles = np.nanmean(run.R(arm, target, METRIC).mean(axis=3), axis=1)
    return curve


def _cells(run: MovingRun, arm: Arm, target: str, curves: Doubles, goal: float) -> list[Cell]:
    measures = run.measures[arm, target, METRIC]
    ends = measures.by_device[AVERAGE]
    reached = np.array([rounds_to(curve, goal) for curve in curves])
    known = reached[~np.isnan(reached)]
    rounds = Score(float(known.mean()), places=1) if known.size else Score(None)
    return [
        score(np.array([spread(row) for row in ends])),
        _interval(ends, spread),
        score(measures.by_seed[WORST]),
        _interval(ends, _lowest),
        rounds,
        f"{known.size} of {len(reached)}",
    ]


def _lowest(values: Doubles) -> float:
    lowest = worst_decile(values)
    return np.nan if lowest is None else lowest


def _interval(ends: Doubles, statistic: Callable[[Doubles], float]) -> str:
    low, high = interval_over_devices(ends, statistic)
    return NONE if np.isnan(low) else f"{decimal(low)} to {decimal(high)}"


def room_table(run: MovingRun) -> tuple[Table, ...]:
    """Return Table 10b; nothing where no arm has a memory, or its size is not told in utterances."""
    capacity = option(run.config, "memory", "capacity")
    if capacity is None or option(run.config, "memory", "bytes") is not None or run.visits.empty:
        return ()
    if all(arm.memory == "none" for arm in run.arms):
        return ()
    rows: list[Row] = []
    heard = run.visits.groupby(["environment", "seed", "device"])["labelled"].sum()
    for environment in run.environments:
        if environment not in heard.index.get_level_values(0):
            continue
        each = heard[environment].to_numpy(np.float64)
        each = each[each > 0]
        if each.size:
            kept = np.minimum(each, capacity).sum() / each.sum()
            binds = float((each > capacity).mean())
            rows.append((environment, decimal(each.mean(), 1), decimal(kept, 2), decimal(binds, 2)))
    table = Table(
        key="10b",
        title="What memory has room for",
        caption=(
            f"Of the labelled utterances that a device hears in a place in the whole run, the share for which a "
            f"memory of {capacity} a place has room, and at what share of devices it is too small for all."
        ),
        groups=(),
        header=("environment", "heard by a device", "share with room", "capacity binds"),
        blocks=(tuple(rows),),
        notes=("The same for all arms that keep a memory. What is heard again counts again.",),
    )
    return (table,) if rows else ()
