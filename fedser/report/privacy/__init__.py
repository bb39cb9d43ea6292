"""Pages and tables of privacy studies."""

from fedser.report.privacy.attack_page import write_attack_page
from fedser.report.privacy.frontier_page import write_frontier_page
from fedser.report.privacy.tables import attack_tables, frontier_tables

__all__ = ["attack_tables", "frontier_tables", "write_attack_page", "write_frontier_page"]
