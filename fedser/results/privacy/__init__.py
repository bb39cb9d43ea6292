"""The results of privacy studies: files, readers and tables."""

from fedser.results.privacy.attack_tables import attack_tables
from fedser.results.privacy.frontier_tables import frontier_tables
from fedser.results.privacy.run import AttackRun, FrontierRun, read_attack_run, read_frontier_run
from fedser.results.privacy.schema import SCHEMA

__all__ = [
    "SCHEMA",
    "AttackRun",
    "FrontierRun",
    "attack_tables",
    "frontier_tables",
    "read_attack_run",
    "read_frontier_run",
]
