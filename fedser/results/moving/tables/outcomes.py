"""Table 5a: what became of the devices that were asked."""

from fedser.protocol.arms import Arm
from fedser.results.moving.run import MovingRun
from fedser.results.moving.schema import OUTCOMES
from fedser.results.moving.tables.cost import costs_of
from fedser.results.moving.tables.final import by_mode
from fedser.results.numerals import NONE, decimal, grouped
from fedser.results.table import Row, Table


def outcome_table(run: MovingRun) -> Table:
    """Return Table 5a: device-rounds by outcome, summed over the seeds."""
    rows = [_row(run, arm) for arm in run.arms]
    seeds = f"{len(run.seeds)} seed{'s' if len(run.seeds) > 1 else ''}"
    return Table(
        key="5a",
        title="Outcomes",
        caption=(
            f"Device-rounds by outcome, all {grouped(run.devices)} devices, {run.rounds} rounds and {seeds} "
            "together."
        ),
        groups=(),
        header=("arm", "available", "asked", *OUTCOMES, "trained / available"),
        blocks=by_mode(run, rows),
        notes=(
            "A device that was not asked, or was not available, keeps the model it has. idle-no-labels: no label "
            "had arrived. late: after the deadline. refused: what it sent was not used.",
        ),
    )


def _row(run: MovingRun, arm: Arm) -> Row:
    outcomes = costs_of(run, arm)["outcome"]
    counts = [int((outcomes == outcome).sum()) for outcome in OUTCOMES]
    known = len(run.followed) == run.devices
    available = int(run.available.sum()) if known else 0
    share = decimal(counts[0] / available, 2) if available else NONE
    return (arm.label, grouped(available) if known else NONE, grouped(len(outcomes)), *map(grouped, counts), share)
