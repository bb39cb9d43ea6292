"""Tables 6a to 6c: t, p and n of every test behind the marks."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from fedser.results.arms import FINETUNING
from fedser.results.metrics import metric_title
from fedser.results.numerals import decimal, p_value
from fedser.results.one_device.comparisons import ArmComparison, memory_findings, score_findings, transfer_findings
from fedser.results.one_device.run import RunResults
from fedser.results.one_device.tables.intervals import interval_cells
from fedser.results.one_device.tables.memories import BASELINE, memory_arms
from fedser.results.one_device.tables.scores import method_arms
from fedser.results.table import Row, Table

HEADER = ("score", "after", "on", "arm", "difference", "95 %", "speakers", "t", "p", "Holm", "n", "result")
INTERVALS = (
    "95 %: interval of a difference of CCCs over seeds and speakers (two-way clusters: the same speakers are left "
    "out of both arms at once), and how many different test speakers there are. p is over the n seeds, which "
    "meet the same people again: would other seeds show it? The interval asks for other people too."
)
RESULTS = {"*": "* better", "†": "† worse"}


def significance_tables(run: RunResults) -> tuple[Table, ...]:
    """Return the tests behind Tables 2, 3 and 4; one seed has none, and a table without tests is left out."""
    if len(run.seeds) == 1:
        return ()
    behind = {
        "6a": ("methods", FINETUNING.label, score_findings(run, method_arms(run), FINETUNING)),
        "6b": ("memory sampling", BASELINE, memory_findings(run, memory_arms(run))),
        "6c": ("transfer", FINETUNING.label, transfer_findings(run, run.contenders, FINETUNING)),
    }
    return tuple(_table(run, key, *told) for key, told in behind.items() if told[-1])


def _table(run: RunResults, key: str, what: str, baseline: str, findings: Sequence[ArmComparison]) -> Table:
    labels = dict(zip(run.stages, run.stage_labels, strict=True))
    blocks = groupby(findings, key=lambda found: (found.target, found.metric))
    return Table(
        key=key,
        title=f"Tests: {what} against {baseline}",
        caption=(
            f"Two-sided paired t-tests over the seeds against {baseline}: "
            f"{len(findings)} tests, α = .05; Holm: p corrected for all tests of one target, by which marks go. "
            "Pairs have a seed and its speakers in common. Difference: mean of the arm minus that of the baseline."
        ),
        groups=(),
        header=HEADER,
        blocks=tuple(
            _block(f"{target} {metric_title(metric)}", list(found), labels) for (target, metric), found in blocks
        ),
        notes=(INTERVALS,) if any(found.interval for found in findings) else (),
        text_columns=4,
    )


def _block(label: str, findings: Sequence[ArmComparison], labels: Mapping[str, str]) -> tuple[Row, ...]:
    heads = [label, *[""] * (len(findings) - 1)]
    return tuple((head, *_cells(found, labels[found.stage])) for head, found in zip(heads, findings, strict=True))


def _cells(found: ArmComparison, stage: str) -> Row:
    result = found.comparison
    return (
        stage,
        found.environment or found.measure,
        found.arm.label,
        decimal(result.mean_difference),
        *interval_cells(found.interval),
        decimal(result.t, 2),
        p_value(result.p),
        p_value(result.corrected),
        str(result.n),
        RESULTS.get(result.mark, result.note),
    )
