"""A run as one HTML page that opens offline."""

from pathlib import Path

from fedser.report import moving, one_device
from fedser.results.moving import is_moving

__all__ = ["write_report"]


def write_report(run_folder: Path) -> Path:
    """Write report.html into a finished run folder, whatever kind of run it holds, and return its path.

    The same run gives the same bytes. Raises RunError if the folder is not a finished run, or is not writable.
    """
    return moving.write_report(run_folder) if is_moving(run_folder) else one_device.write_report(run_folder)
