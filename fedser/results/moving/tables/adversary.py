"""Table 9: what hostile devices came to, arm by arm, so rule by rule."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from fedser.arrays import Doubles
from fedser.metrics.moving import average
from fedser.protocol.arms import Arm
from fedser.results.metrics import higher_is_better, metric_title
from fedser.results.moving.measures import AVERAGE, GLOBAL
from fedser.results.moving.run import MovingRun
from fedser.results.moving.tables.captions import over_seeds
from fedser.results.moving.tables.final import by_mode
from fedser.results.summary import mark_best, score
from fedser.results.table import Group, Row, Table
from fedser.vocabulary import TARGETS


def adversary_table(run: MovingRun) -> tuple[Table, ...]:
    """Return Table 9: accuracy and attack success of every arm; none of a run without hostile devices."""
    told = run.record.get("adversary")
    if not told:
        return ()
    metric = run.metrics[0]
    columns = [_columns(run, arm, metric, told) for arm in run.arms]
    lower = {0, 1, 2, 3} if not higher_is_better(metric) else set()
    best = mark_best([[score(values) for values in row] for row in columns], frozenset(lower | {6, 7}))
    rows: list[Row] = [(arm.label, *cells) for arm, cells in zip(run.arms, best, strict=True)]
    count = len(next(iter(told["devices"].values())))
    targets = tuple(TARGETS)
    return (
        Table(
            key="9",
            title="Hostile devices",
            caption=(
                f"{count} of {run.devices} devices, drawn by the seed, {told['does']} {metric_title(metric)} at "
                f"the end, averaged over the environments, and attack success. {over_seeds(run)}"
            ),
            groups=(
                Group("", 1),
                Group("global", 2),
                Group("honest", 2),
                Group("hostile", 2),
                Group("success", 2),
            ),
            header=("arm", *targets, *targets, *targets, "before", "at the end"),
            blocks=by_mode(run, rows),
            notes=(
                "global: the model all share. honest, hostile: means over the own models of either; in every "
                "other table hostile devices are left out of what is said of devices, but for costs and outcomes.",
                f"Attack success: {told['wants']} before: of the shared model before any device had learnt, so "
                "success that is nobody's doing. Mean over the environments.",
                "Bold: best, for those who are attacked.",
            ),
        ),
    )


def _columns(run: MovingRun, arm: Arm, metric: str, told: Mapping[str, Any]) -> list[Doubles]:
    by_seed = [run.measures[arm, target, metric].by_seed for target in TARGETS]
    hostile = [np.array([_mean(average(R)) for R in run.hostile(arm, target, metric)]) for target in TARGETS]
    success = [[_success(told, seed, arm, when) for seed in run.seeds] for when in ("before", "after")]
    return [
        *(values[GLOBAL] for values in by_seed),
        *(values[AVERAGE] for values in by_seed),
        *hostile,
        *(np.array(values, dtype=np.float64) for values in success),
    ]


def _success(told: Mapping[str, Any], seed: int, arm: Arm, when: str) -> float:
    found = [entry[when] for entry in told["success"] if (entry["seed"], entry["arm"]) == (seed, arm.name)]
    return float(found[0]) if found else np.nan


def _mean(values: Doubles) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else np.nan
