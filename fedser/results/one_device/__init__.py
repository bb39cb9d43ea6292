"""From the folder of a one-device run to its scores, the comparisons between arms, and Tables 1 to 6."""

from fedser.results.one_device.run import RunResults, read_run
from fedser.results.one_device.scores import Order, sort_rows, stage_names, write_scores
from fedser.results.one_device.tables import all_tables

__all__ = ["Order", "RunResults", "all_tables", "read_run", "sort_rows", "stage_names", "write_scores"]
