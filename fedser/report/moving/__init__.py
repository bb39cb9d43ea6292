"""A run of moving devices as one HTML page that opens offline."""

from fedser.report.moving.page import write_report

__all__ = ["write_report"]
