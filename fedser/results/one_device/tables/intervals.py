"""Tables 7a and 7b: CCC with intervals over seeds and speakers."""

import numpy as np

from fedser.metrics.clustered import ClusteredInterval
from fedser.results.arms import Arm
from fedser.results.numerals import NONE, decimal
from fedser.results.one_device.run import RunResults
from fedser.results.table import Row, Table
from fedser.vocabulary import TARGETS

CAPTION = (
    "CCC of {target} on the test split, mean over {seeds} seeds, and its interval of 95 % over seeds and speakers "
    "(two-way clusters): what other runs would score on other speakers of the kind. "
    "Different test speakers: {speakers}."
)
NOTE = "An interval of few speakers is wide, however many seeds there are: seeds meet the same people again."


def interval_tables(run: RunResults) -> tuple[Table, ...]:
    """Return Tables 7a (activation) and 7b (valence); none of one seed, nor of a run that does not tell."""
    if len(run.seeds) == 1 or run.speakers.empty:
        return ()
    return tuple(_table(run, key, target) for key, target in zip(("7a", "7b"), TARGETS, strict=True))


def interval_cells(found: ClusteredInterval | None) -> tuple[str, str]:
    """Return an interval, and of how many speakers it is."""
    if found is None:
        return NONE, NONE
    if np.isnan(found.low):
        return NONE, str(found.speakers)
    return f"{decimal(found.low)} to {decimal(found.high)}", str(found.speakers)


def _table(run: RunResults, key: str, target: str) -> Table:
    first = run.arms[0]
    counts = {place: _found(run, first, target, run.stages[0], place) for place in run.environments}
    speakers = ", ".join(f"{place} {found.speakers if found else NONE}" for place, found in counts.items())
    return Table(
        key=key,
        title=f"{target.capitalize()}: intervals over seeds and speakers",
        caption=CAPTION.format(target=target, seeds=len(run.seeds), speakers=speakers),
        groups=(),
        header=("after", "arm", *run.environments),
        blocks=tuple(_block(run, i, target) for i in range(len(run.stages))),
        notes=(NOTE,),
        text_columns=2,
    )


def _block(run: RunResults, i: int, target: str) -> tuple[Row, ...]:
    arms = run.arms[:1] if i == 0 else run.arms
    return tuple(
        (
            run.stage_labels[i] if k == 0 else "",
            "all arms" if i == 0 else arm.label,
            *(_cell(_found(run, arm, target, run.stages[i], place)) for place in run.environments),
        )
        for k, arm in enumerate(arms)
    )


def _found(run: RunResults, arm: Arm, target: str, stage: str, place: str) -> ClusteredInterval | None:
    return run.tested_speakers.interval(arm, target, stage, place)


def _cell(found: ClusteredInterval | None) -> str:
    if found is None:
        return NONE
    interval, _ = interval_cells(found)
    return f"{decimal(found.mean)} ({interval})"
