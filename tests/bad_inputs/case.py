"""What a bad input is, and the ground it stands on."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Ground:
    """Where the tiny world lies, and a folder that a case may write to."""

    configs: Path
    data: Path
    run: Path
    """A finished run of one device."""
    model: Path
    """A model of it, exported."""
    work: Path

    def config(self, name):
        return self.configs / f"{name}.toml"

    def text(self, name):
        return self.config(name).read_text(encoding="utf-8")

    def write(self, name, content):
        """Write text or bytes and return the path."""
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    def command(self, kind, config, *extra):
        """The command that runs a configuration on the tiny corpora."""
        place = ["--data", self.data, "--run", self.work / "run", "--workers", "1"]
        return [*kind.split(), config, *place, *extra]


@dataclass(frozen=True)
class Case:
    """A bad input: `arguments` makes its files and returns the command line; `said` is in the one line."""

    name: str
    arguments: Callable[[Ground], list[Any]]
    said: tuple[str, ...] = ()
    code: int = 2
    trains: bool = False
    """Whether it is found only after some training: left to the benchmark."""
