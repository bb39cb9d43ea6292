"""The tables of the paper and those that continual-learning readers expect beside them."""

from fedser.results.data_tables import data_tables
from fedser.results.one_device.run import RunResults
from fedser.results.one_device.tables.cost import cost_table
from fedser.results.one_device.tables.intervals import interval_tables
from fedser.results.one_device.tables.memories import memory_tables
from fedser.results.one_device.tables.scores import method_tables
from fedser.results.one_device.tables.significance import significance_tables
from fedser.results.one_device.tables.transfer import transfer_tables
from fedser.results.table import Score, Table

__all__ = ["Score", "Table", "all_tables"]


def all_tables(run: RunResults) -> list[Table]:
    """Return the tables of a run in order; those it has nothing for are left out."""
    return [
        *data_tables(run, "1"),
        *method_tables(run),
        *memory_tables(run),
        *transfer_tables(run),
        cost_table(run),
        *significance_tables(run),
        *interval_tables(run),
    ]
