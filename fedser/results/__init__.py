"""From a run folder to tables: scores, the comparisons between arms, and Tables 1 to 6."""

from fedser.results.arms import Arm
from fedser.results.renderers import write_tables
from fedser.results.run import RunResults, read_run
from fedser.results.scores import Order, sort_rows, stage_names, write_scores
from fedser.results.tables import Table, all_tables

__all__ = [
    "Arm",
    "Order",
    "RunResults",
    "Table",
    "all_tables",
    "read_run",
    "sort_rows",
    "stage_names",
    "write_scores",
    "write_tables",
]
