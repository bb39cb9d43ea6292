"""A run as tables and one HTML page that opens offline, whatever kind of run it is."""

from fedser.report.kinds import write_report

__all__ = ["write_report"]
