"""Pages of privacy studies."""

from fedser.report.privacy.attack_page import write_attack_page
from fedser.report.privacy.frontier_page import write_frontier_page

__all__ = ["write_attack_page", "write_frontier_page"]
