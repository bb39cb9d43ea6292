"""The tables of a moving-devices run."""

from fedser.results.data_tables import data_tables
from fedser.results.moving.guarantee import privacy_table
from fedser.results.moving.run import MovingRun
from fedser.results.moving.tables.acoustics import acoustics_table
from fedser.results.moving.tables.adversary import adversary_table
from fedser.results.moving.tables.cost import cost_table
from fedser.results.moving.tables.environments import environment_tables
from fedser.results.moving.tables.federation import federation_tables
from fedser.results.moving.tables.final import final_tables
from fedser.results.moving.tables.forgetting import forgetting_tables
from fedser.results.moving.tables.outcomes import outcome_table
from fedser.results.moving.tables.tests import test_tables
from fedser.results.table import Table

__all__ = ["all_moving_tables"]


def all_moving_tables(run: MovingRun) -> list[Table]:
    """Return the tables of a run in order; those it has nothing for are left out."""
    return [
        *final_tables(run),
        *forgetting_tables(run),
        *environment_tables(run),
        cost_table(run),
        outcome_table(run),
        acoustics_table(run),
        *test_tables(run),
        *privacy_table(run),
        *data_tables(run, "8"),
        *adversary_table(run),
        *federation_tables(run),
    ]
