"""A run of one device as one HTML page that opens offline."""

from fedser.report.one_device.page import write_report

__all__ = ["write_report"]
