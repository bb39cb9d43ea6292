"""From the folder of a moving-devices run to arrays, measures and tables."""

from fedser.results.moving.order import MovingOrder, sort_moving, write_moving
from fedser.results.moving.run import MovingRun, read_moving_run
from fedser.results.moving.schema import OUTCOMES, PRIVACY, SCHEMA
from fedser.results.moving.tables import all_moving_tables

__all__ = [
    "OUTCOMES",
    "PRIVACY",
    "SCHEMA",
    "MovingOrder",
    "MovingRun",
    "all_moving_tables",
    "read_moving_run",
    "sort_moving",
    "write_moving",
]
