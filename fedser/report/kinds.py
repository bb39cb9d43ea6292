"""The tables of a run folder, whatever kind of run it holds."""

from pathlib import Path

from fedser.results.moving import all_moving_tables, is_moving, read_moving_run
from fedser.results.one_device.run import read_run
from fedser.results.one_device.tables import all_tables
from fedser.results.table import Table


def tables_of_run(folder: Path) -> list[Table]:
    """Return the tables of a finished run; raises RunError, in one line, if it is not one."""
    return all_moving_tables(read_moving_run(folder)) if is_moving(folder) else all_tables(read_run(folder))
