"""Where the corpora of an experiment lie, and where it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MOST_WORKERS = 1024
"""Processes that a run may have; more than any machine it is meant for has cores."""


@dataclass(frozen=True)
class Sources:
    """A folder that holds corpora (--data), and folders of single corpora by name (--iemocap and the like)."""

    data: Path | None = None
    named: Mapping[str, Path] = field(default_factory=dict)

    def root_of(self, corpus: str, root: str | None) -> Path | None:
        """Return where an environment's corpus lies; None lets the corpus say where it is kept.

        A folder named for the corpus wins; then the environment's own root, below --data or else the working
        folder; then --data itself.
        """
        if corpus in self.named:
            return self.named[corpus]
        if root is not None:
            return (self.data or Path()) / root
        return None if corpus == "synthetic" else self.data


@dataclass(frozen=True)
class RunContext:
    """Where a run reads and writes, and how it is run; nothing of it changes a result."""

    folder: Path
    sources: Sources
    workers: int
    offline: bool = False
    """Never ask a network for a model."""
    engine: str = "inprocess"
    """What carries the messages of a federation."""
    config_file: Path = Path("configuration")
    """The study's own file: for messages, and paths in it are relative to its folder."""
    page: bool = True
    """Whether the run's page and tables are written, which `fedser report` does at any time."""
    shared: Path | None = None
    """Where stages lie that other runs of a study train too."""
    command: str = ""
    """What the run was started by, for its record."""
