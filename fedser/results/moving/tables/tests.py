"""Tables 6a and 6b: t, p and n of the tests, over seeds and over devices."""

from collections.abc import Sequence
from itertools import groupby

from fedser.metrics import Comparison
from fedser.results.moving.findings import MovingFinding, memory_findings, sharing_findings
from fedser.results.moving.run import MovingRun
from fedser.results.numerals import NONE, decimal, grouped, p_value
from fedser.results.table import Group, Row, Table

HEADER = ("CCC of", "measure", "arm", *("difference", "t", "p", "n", "result") * 2)
RESULTS = {"*": "* better", "†": "† worse"}
NOTE = (
    "Over seeds: one pair a seed, of means over the devices (n: seeds): would another run show it? Over devices: "
    "one pair for each device of each seed for which both arms have the measure (n: devices × seeds): do these "
    "runs show it? Devices of one seed start from one model and, where they share, learn from one another, so "
    "their pairs are not independent and p is too small for claims about other runs."
)


def test_tables(run: MovingRun) -> tuple[Table, ...]:
    """Return Tables 6a (memory against none) and 6b (sharing against alone); without tests one is left out."""
    behind = {
        "6a": ("Finetuning of the same mode", memory_findings(run)),
        "6b": ("the same method in mode Local", sharing_findings(run)),
    }
    return tuple(_table(run, key, what, found) for key, (what, found) in behind.items() if found)


def _table(run: MovingRun, key: str, baseline: str, findings: Sequence[MovingFinding]) -> Table:
    tests = sum(1 if found.devices is None else 2 for found in findings)
    blocks = groupby(findings, key=lambda found: (found.target, found.measure))
    return Table(
        key=key,
        title=f"Tests against {baseline}",
        caption=(
            f"Two-sided paired t-tests against {baseline}: {tests} tests, α = .05, not corrected for their "
            "number. Difference: mean of the arm minus that of the baseline."
        ),
        groups=(Group("", 3), Group("over seeds", 5), Group("over devices × seeds", 5)),
        header=HEADER,
        blocks=tuple(_block(target, measure, list(found)) for (target, measure), found in blocks),
        notes=(NOTE,),
        text_columns=3,
    )


def _block(target: str, measure: str, findings: Sequence[MovingFinding]) -> tuple[Row, ...]:
    return tuple(
        (
            *((target, measure) if number == 0 else ("", "")),
            found.arm.label,
            *_cells(found.seeds),
            *(_cells(found.devices) if found.devices else [NONE] * 5),
        )
        for number, found in enumerate(findings)
    )


def _cells(result: Comparison) -> list[str]:
    return [
        decimal(result.mean_difference),
        decimal(result.t, 2),
        p_value(result.p),
        grouped(result.n),
        RESULTS.get(result.mark, result.note),
    ]
