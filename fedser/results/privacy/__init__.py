"""The results of privacy studies: files and tables."""

from fedser.results.privacy.attack_tables import attack_tables
from fedser.results.privacy.frontier_tables import frontier_tables
from fedser.results.privacy.schema import SCHEMA

__all__ = ["SCHEMA", "attack_tables", "frontier_tables"]
