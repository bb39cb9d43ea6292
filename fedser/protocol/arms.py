"""An arm of an experiment: a method with a kind of memory, and in a federation how devices share and who averages.

`[mode:]method[-memory][@rule]`, as in `gem-length`, `local:finetuning` or `federated:exper-random@fedadam`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedser.errors import ConfigError, did_you_mean
from fedser.memory import KINDS
from fedser.rules import RULES
from fedser.strategies import STRATEGIES

NO_MEMORY = "none"

LOCAL = "local"
FINETUNED = "federated-ft"
MODES = {
    LOCAL: "Local",
    "federated": "Federated",
    "personal-head": "Personal-head",
    "personal-norm": "Personal-norm",
    "fedrep": "FedRep",
    "ditto": "Ditto",
    "federated-ft": "Federated-FT",
}
"""How tables and figures write a mode: each device alone from the shared model; all of the model averaged; all
but the heads; all but the gains and shifts of LayerNorm;
all but the heads, which are trained first; all of it, beside a model of the device's own that is held near; all of
it, until each device finetunes the last global model alone."""

COLUMNS = ("mode", "method", "memory", "rule")
"""The columns by which files tell arms apart, as far as they have them."""


@dataclass(frozen=True)
class Arm:
    """What tells one arm from another; "" for a mode or a rule stands for none that was named.

    `method` is a key of STRATEGIES; `memory` a kind of memory, or "none" for methods that keep none; `mode` a key
    of MODES; `rule` a key of RULES, and where none is named it is the configuration's.
    """

    method: str
    memory: str = NO_MEMORY
    mode: str = ""
    rule: str = ""

    @classmethod
    def parse(cls, text: str, remembers: bool = False) -> Self:
        """Read an arm of one device: `finetuning`, `exper` (random memory), `exper-length`; raises ConfigError.

        `remembers`: whether a memory is kept also where the method keeps none.
        """
        method, dash, memory = _split(text)
        if method not in STRATEGIES:
            raise ConfigError(f'arms: unknown method "{method}"{did_you_mean(method, STRATEGIES)}')
        remembers = remembers or STRATEGIES[method].past == "memory"
        if dash and not remembers:
            raise ConfigError(f'arms: "{text}": {method} keeps no memory; write "{method}"')
        if dash and memory not in KINDS:
            raise ConfigError(f'arms: "{text}": unknown memory "{memory}"{did_you_mean(memory, KINDS)}')
        return cls(method, (memory or "random") if remembers else NO_MEMORY)

    @classmethod
    def parse_shared(cls, text: str) -> Self:
        """Read an arm of a federation, such as `federated:gem@fedmedian`; raises ConfigError otherwise."""
        mode, colon, rest = text.partition(":")
        if not colon:
            raise ConfigError(f'arms: "{text}": expected mode:method, for example "{LOCAL}:{text}"')
        if mode not in MODES:
            raise ConfigError(f'arms: unknown mode "{mode}"{did_you_mean(mode, MODES)}')
        learner, at, rule = rest.partition("@")
        if at and mode == LOCAL:
            raise ConfigError(f'arms: "{text}": in mode {LOCAL} nothing is aggregated; write "{mode}:{learner}"')
        if at and rule not in RULES:
            raise ConfigError(f'arms: "{text}": unknown rule "{rule}"{did_you_mean(rule, RULES)}')
        return replace(cls.parse(learner, bool(at) and RULES[rule].of_memory), mode=mode, rule=rule)

    @property
    def name(self) -> str:
        """Return how configurations, messages and logs write this arm: `gem-length`, `federated:exper-random`."""
        mode = f"{self.mode}:" if self.mode else ""
        return f"{mode}{self._learner_name}{self._at_rule}"

    @property
    def folder(self) -> str:
        """Return how folders and the names of random streams write it: `federated-exper-random`."""
        mode = f"{self.mode}-" if self.mode else ""
        return f"{mode}{self._learner_name}{self._at_rule}"

    @property
    def label(self) -> str:
        """Return how tables and figures write it: `GEM-length`, `Federated ExpeR-random @fedadam`."""
        mode = f"{MODES.get(self.mode, self.mode)} " if self.mode else ""
        memory = "" if self.memory == NO_MEMORY else f"-{self.memory}"
        rule = f" @{self.rule}" if self.rule else ""
        return f"{mode}{title_of(self.method)}{memory}{rule}"

    @property
    def is_plain(self) -> bool:
        """Return whether it compares methods (random memory or none) rather than ways of sampling."""
        return self.memory in (NO_MEMORY, "random")

    @property
    def shares(self) -> bool:
        """Return whether devices learn from one another, so that there is a global model that changes."""
        return self.mode not in ("", LOCAL)

    @property
    def pooled(self) -> bool:
        """Return whether it is the reference that learns from all speech at once, which no device sends."""
        return self.shares and self.method in STRATEGIES and STRATEGIES[self.method].past == "everything"

    @property
    def sends(self) -> bool:
        """Return whether devices send what they learnt."""
        return self.shares and not self.pooled

    def in_round(self, round: int, last_shared: int) -> "Arm":
        """Return what it does in a round, where sharing may end after `last_shared`: an arm of another mode.

        federated-ft is FedAvg with fine-tuning (Wang et al. 2019, arXiv 1910.10252; Cheng, Chadha, Duchi 2021,
        arXiv 2108.07313), under any rule.
        """
        if self.mode != FINETUNED:
            return self
        return replace(self, mode="federated") if round <= last_shared else replace(self, mode=LOCAL, rule="")

    @property
    def shares_heads(self) -> bool:
        """Return whether the whole model travels, so that whoever sees it can predict with it."""
        return self.mode in ("federated", "ditto", FINETUNED)

    @property
    def learner(self) -> "Arm":
        """Return what each device does, whatever is shared."""
        return Arm(self.method, self.memory)

    @property
    def without_memory(self) -> "Arm":
        """Return what it is tested against: finetuning in the same mode, under its rule unless that needs one."""
        rule = "" if self.rule in RULES and RULES[self.rule].of_memory else self.rule
        return replace(self, method="finetuning", memory=NO_MEMORY, rule=rule)

    @property
    def at_random(self) -> "Arm":
        """Return what its way of filling the memory is tested against: the same with random memory."""
        return replace(self, memory="random")

    @property
    def alone(self) -> "Arm":
        """Return the same method and memory without sharing."""
        return Arm(self.method, self.memory, LOCAL)

    def row(self) -> dict[str, str]:
        """Return what a row of a file says of it: mode and rule only where it has a mode."""
        shared = {"mode": self.mode} if self.mode else {}
        rule = {"rule": self.rule} if self.mode else {}
        return shared | {"method": self.method, "memory": self.memory} | rule

    def rows_of(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of a file that are this arm's."""
        mine: NDArray[np.bool_] = np.ones(len(frame), dtype=np.bool_)
        for column in COLUMNS:
            if column in frame:
                mine &= (frame[column] == getattr(self, column)).to_numpy()
        return frame[mine]

    @property
    def _learner_name(self) -> str:
        return self.method if self.memory == NO_MEMORY else f"{self.method}-{self.memory}"

    @property
    def _at_rule(self) -> str:
        return f"@{self.rule}" if self.rule else ""


def arms_of(frame: pd.DataFrame) -> list[Arm]:
    """Return the arm of each row of a file with the columns method and memory, and perhaps mode and rule."""
    columns = {name: frame[name].tolist() for name in COLUMNS if name in frame}
    return [Arm(**dict(zip(columns, cells, strict=True))) for cells in zip(*columns.values(), strict=True)]


def title_of(method: str) -> str:
    """Return how tables and figures write a method; its name where it is not known here, as of another's run."""
    return STRATEGIES[method].title if method in STRATEGIES else method


def check_capacity(arm: Arm, utterances: int) -> None:
    """Raise ConfigError for a memory of so few utterances that a method cannot learn from it alone."""
    if STRATEGIES[arm.method].of_memory_alone and utterances < 2:
        raise ConfigError(
            f"[memory]: {arm.name} learns from its memory alone, and the CCC of one utterance is undefined; "
            "keep at least 2"
        )


def refuse_twice(arms: Iterable[Arm]) -> None:
    """Raise ValueError for an arm that is given twice."""
    names = [arm.name for arm in arms]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f'arms: "{name}" is given twice')


def _split(text: str) -> tuple[str, str, str]:
    """Part method and memory at a hyphen; methods may hold hyphens too, so the longest that is known counts."""
    cuts = [len(text), *(k for k in range(len(text) - 1, -1, -1) if text[k] == "-")]
    known = next((cut for cut in cuts if text[:cut] in STRATEGIES), None)
    if known is None:
        method, dash, memory = text.rpartition("-")
        return (method, dash, memory) if memory in KINDS and dash else (text, "", "")
    return text[:known], text[known : known + 1], text[known + 1 :]
