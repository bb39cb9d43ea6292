"""The tables of the paper and those that continual-learning readers expect beside them."""

from fedser.results.run import RunResults
from fedser.results.tables.corpora import corpora_table
from fedser.results.tables.cost import cost_table
from fedser.results.tables.scores import memory_tables, method_tables
from fedser.results.tables.significance import significance_tables
from fedser.results.tables.table import Score, Table
from fedser.results.tables.transfer import transfer_tables

__all__ = ["Score", "Table", "all_tables"]


def all_tables(run: RunResults) -> list[Table]:
    """Return the tables of a run in order; those it has nothing for are left out."""
    return [
        corpora_table(run),
        *method_tables(run),
        *memory_tables(run),
        *transfer_tables(run),
        cost_table(run),
        *significance_tables(run),
    ]
