"""Table 3: what the choice of the utterances kept changes, against the same method's random memory."""

from collections.abc import Iterator, Sequence

from fedser.protocol.arms import title_of
from fedser.results.arms import Arm
from fedser.results.one_device.comparisons import memory_findings
from fedser.results.one_device.run import RunResults
from fedser.results.one_device.tables.by_environment import table_by_environment
from fedser.results.one_device.tables.captions import marks_legend
from fedser.results.sentence import listed
from fedser.results.summary import score
from fedser.results.table import Score, Table
from fedser.vocabulary import TARGETS

BASELINE = "the same method's random memory"
DIFFERENCES = (
    f"Rows of random memory are scores, the others differences to {BASELINE}, paired by seed: ↑ higher, ↓ lower."
)


def memory_arms(run: RunResults) -> tuple[Arm, ...]:
    """Return the arms of Table 3: methods that do not only sample at random, method by method, random first."""
    methods = [*dict.fromkeys(arm.method for arm in run.arms if not arm.is_plain)]
    arms = [arm for arm in run.arms if arm.method in methods]
    return tuple(sorted(arms, key=lambda arm: (methods.index(arm.method), not arm.is_plain)))


def memory_tables(run: RunResults) -> tuple[Table, ...]:
    """Return Tables 3a (activation) and 3b (valence); none where all memories are random."""
    arms = memory_arms(run)
    if not arms or len(run.stages) == 1:
        return ()
    return tuple(_table(run, *one, arms) for one in zip(("3a", "3b"), TARGETS, strict=True))


def _table(run: RunResults, key: str, target: str, arms: Sequence[Arm]) -> Table:
    marks = {
        (found.arm, found.metric, found.stage, found.environment): found.comparison.mark
        for found in memory_findings(run, arms)
        if found.target == target
    }

    def cell(arm: Arm, metric: str, i: int, j: int) -> Score:
        own = run.R(arm, target, metric)[:, i, j]
        if i == 0 or arm == arm.at_random or arm.at_random not in run.arms:
            return score(own, unseen=j > i)
        mark = marks[arm, metric, run.stages[i], run.environments[j]]
        random = run.R(arm.at_random, target, metric)[:, i, j]
        return score(own - random, mark, unseen=j > i, difference=True)

    compared = any(arm.at_random in run.arms for arm in arms)
    return table_by_environment(
        run,
        key,
        "memory sampling",
        target,
        arms,
        cell,
        said=DIFFERENCES if compared else "",
        notes=(*marks_legend(run, BASELINE if compared else None), *(_untold(run, arms) if compared else ())),
    )


def _untold(run: RunResults, arms: Sequence[Arm]) -> Iterator[str]:
    """Yield what is said of methods whose own random memory is not there, though others' is."""
    alone = dict.fromkeys(title_of(arm.method) for arm in arms if arm.at_random not in run.arms)
    if alone:
        yield f"{listed(alone)}: scores, untested, as random memory is not in the run."
