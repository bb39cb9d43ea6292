"""A run as one HTML page that opens offline."""

from fedser.report.page import write_report

__all__ = ["write_report"]
