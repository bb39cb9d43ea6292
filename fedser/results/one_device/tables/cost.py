"""Table 5: what every arm costs."""

import numpy as np
import pandas as pd

from fedser.results.arms import Arm
from fedser.results.numerals import NONE, decimal, grouped
from fedser.results.one_device.run import RunResults
from fedser.results.table import Row, Table
from fedser.strategies import STRATEGIES

HEADER = (
    "after",
    "arm",
    "seconds",
    "epochs",
    "steps",
    "rows per step",
    "ms per step",
    "passes",
    "GFLOP",
    "kept bytes",
    "altered",
)


_MEANS = (
    "seconds",
    "epochs",
    "steps",
    "rows_per_step",
    "passes_per_utterance",
    "flops",
    "memory_bytes",
    "trigger_rate",
)


def cost_table(run: RunResults) -> Table:
    """Return Table 5: means over the seeds per stage and arm, then the sum over all stages."""
    blocks = []
    for i, stage in enumerate(run.stages):
        rows = run.costs[run.costs["stage"] == stage]
        arms = [arm for arm in run.arms if not arm.rows_of(rows).empty]
        labels = ["all arms"] if i == 0 else [arm.label for arm in arms]
        blocks.append(
            _block(run.stage_labels[i], labels, [_cells(arm.rows_of(rows)) for arm in arms[: len(labels)]])
        )
    if len(run.stages) > 1:
        sums = [_cells(_total(arm.rows_of(run.costs))) for arm in run.arms]
        blocks.append(_block("all stages", [arm.label for arm in run.arms], sums))
    return Table(
        key="5",
        title="Cost",
        caption=f"Training cost, mean over {len(run.seeds)} seed{'s' if len(run.seeds) > 1 else ''}.",
        groups=(),
        header=HEADER,
        blocks=tuple(block for block in blocks if block),
        notes=(
            "Rows per step: utterances passed through the model in one step, those of the memories included. "
            "Passes: how many go through it in all, a teacher's passes included, for each new utterance of the "
            "environment. GFLOP: those of its matrix products in these passes, forward and back; validation and "
            "scoring are in neither. "
            "Kept bytes: the most that the method keeps of the past, on the device, at a time. "
            f"Altered: share of the steps whose gradient the method changed{_alterations(run)}. "
            "The first stage is trained once and shared.",
        ),
        text_columns=2,
    )


def seconds(run: RunResults, arm: Arm, after_first: bool = True) -> float:
    """Return the seconds an arm trained for, mean over the seeds; without the first stage if it is shared."""
    rows = arm.rows_of(run.costs)
    if after_first:
        rows = rows[rows["stage"] != run.stages[0]]
    return float(rows["seconds"].sum() / len(run.seeds))


def _total(costs: pd.DataFrame) -> pd.DataFrame:
    """Sum the stages of every seed; a rate is weighted by the steps it is a rate of."""
    weighted = costs.assign(
        rows=costs["rows_per_step"] * costs["steps"],
        passes=costs["passes_per_utterance"] * costs["utterances"],
        triggered=costs["trigger_rate"] * costs["steps"],
        tested=costs["steps"].where(costs["trigger_rate"].notna()),
    )
    counts = ["epochs", "steps", "seconds", "rows", "passes", "utterances", "flops", "triggered", "tested"]
    summed = weighted.groupby("seed")[counts].sum()
    return summed.assign(
        memory_bytes=weighted.groupby("seed")["memory_bytes"].max(),
        passes_per_utterance=summed["passes"] / summed["utterances"],
        rows_per_step=summed["rows"] / summed["steps"].clip(lower=1),
        trigger_rate=summed["triggered"] / summed["tested"].where(summed["tested"] > 0),
    )


def _cells(costs: pd.DataFrame) -> list[str]:
    mean = costs[list(_MEANS)].mean()
    per_step = 1000 * mean["seconds"] / mean["steps"] if mean["steps"] > 0 else None
    return [
        f"{mean['seconds']:,.1f}",
        f"{mean['epochs']:,.1f}",
        f"{mean['steps']:,.0f}",
        f"{mean['rows_per_step']:,.1f}",
        NONE if per_step is None else f"{per_step:,.2f}",
        f"{mean['passes_per_utterance']:,.1f}",
        f"{mean['flops'] / 1e9:,.1f}",
        NONE if np.isnan(mean["memory_bytes"]) else grouped(round(mean["memory_bytes"])),
        NONE if np.isnan(mean["trigger_rate"]) else decimal(mean["trigger_rate"]),
    ]


def _alterations(run: RunResults) -> str:
    """Return what that means for each method of the run that does it."""
    methods = dict.fromkeys(arm.method for arm in run.arms if arm.method in STRATEGIES)
    known = [f"{STRATEGIES[m].title}: {STRATEGIES[m].alters}" for m in methods if STRATEGIES[m].alters]
    return f" ({', '.join(known)})" if known else ""


def _block(first: str, labels: list[str], cells: list[list[str]]) -> tuple[Row, ...]:
    heads = [first, *[""] * (len(labels) - 1)]
    return tuple((head, label, *row) for head, label, row in zip(heads, labels, cells, strict=False))
