"""From a run folder to numbers and tables; each kind of run has a wing of its own."""

from fedser.results.arms import Arm
from fedser.results.renderers import write_tables
from fedser.results.table import Table

__all__ = ["Arm", "Table", "write_tables"]
