"""An arm of the experiment: a method with a kind of memory."""

from dataclasses import dataclass
from typing import Self

from fedser.errors import ConfigError, did_you_mean
from fedser.memory import KINDS
from fedser.strategies import STRATEGIES


@dataclass(frozen=True)
class Arm:
    """`method` is a key of STRATEGIES; `memory` a kind of memory, or "none" for methods that keep none."""

    method: str
    memory: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `finetuning`, `exper` (random memory) or `exper-length`; raises ConfigError otherwise."""
        method, dash, memory = text.partition("-")
        if method not in STRATEGIES:
            raise ConfigError(f'arms: unknown method "{method}"{did_you_mean(method, STRATEGIES)}')
        remembers = STRATEGIES[method].past == "memory"
        if dash and not remembers:
            raise ConfigError(f'arms: "{text}": {method} keeps no memory; write "{method}"')
        if dash and memory not in KINDS:
            raise ConfigError(f'arms: "{text}": unknown memory "{memory}"{did_you_mean(memory, KINDS)}')
        return cls(method, (memory or "random") if remembers else "none")

    @property
    def name(self) -> str:
        """Return how configurations, folders and logs write this arm: `gem-length`, `finetuning`."""
        return self.method if self.memory == "none" else f"{self.method}-{self.memory}"

    @property
    def label(self) -> str:
        """Return how tables and figures write it: `GEM-length`, `Finetuning`."""
        known = STRATEGIES.get(self.method)
        title = known.title if known else self.method
        return title if self.memory == "none" else f"{title}-{self.memory}"

    @property
    def is_plain(self) -> bool:
        """Return whether it compares methods (random memory or none) rather than ways of sampling."""
        return self.memory in ("none", "random")
