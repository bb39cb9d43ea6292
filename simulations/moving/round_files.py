"""A federation on disk: one record for each round, and the server's state after the last one."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from fedser import whole_files
from fedser.errors import RunError
from fedser.rules import RuleState
from fedser.whole_files import write_text

_RULE = "rule/"


@dataclass
class ServerState:
    """What the server knows after a round."""

    round: int
    model: Tensor
    """(p,)"""
    introduced: set[int] = field(default_factory=set)
    """Devices that have been sent the whole model."""
    rule: RuleState = field(default_factory=RuleState)
    """What the rule of aggregation remembers."""
    guard: dict[str, Any] = field(default_factory=dict)
    """What [privacy] moves from round to round; its ledger is a file of its own."""


@dataclass(frozen=True)
class RoundFiles:
    """The folder of one arm of one seed."""

    folder: Path

    def write(self, state: ServerState, record: dict[str, Any]) -> None:
        """Store a round: its record first, so that a state is never without it."""
        write_text(self.folder / f"round-{state.round:05d}.json", json.dumps(record) + "\n")
        tensors = {"model": state.model} | {_RULE + name: tensor for name, tensor in state.rule.tensors.items()}
        fields: dict[str, Any] = {"round": state.round, "introduced": sorted(state.introduced)}
        fields |= {"rule": dict(state.rule.record)} if state.rule.record else {}
        fields |= {"guard": state.guard} if state.guard else {}
        whole_files.write_tensors(self._state, tensors, fields)

    def read_state(self) -> ServerState | None:
        """Return the state after the last finished round, or None; raises RunError if the file is damaged."""
        if not self._state.exists():
            return None
        tensors, record = whole_files.read_tensors(self._state)
        kept = {name.removeprefix(_RULE): tensor for name, tensor in tensors.items() if name.startswith(_RULE)}
        rule, guard = RuleState(kept, record.get("rule", {})), record.get("guard", {})
        return ServerState(record["round"], tensors["model"], set(record["introduced"]), rule, guard)

    def read_records(self) -> list[dict[str, Any]]:
        """Return the records of all rounds, round 0 first; raises RunError if one is missing or damaged."""
        state = self.read_state()
        if state is None:
            return []
        return [self._read(round) for round in range(state.round + 1)]

    def write_end(self, note: dict[str, Any]) -> None:
        """Record why the rounds end before the last."""
        write_text(self._end, json.dumps(note) + "\n")

    def read_end(self) -> dict[str, Any] | None:
        """Return what `write_end` stored, None for rounds that went to the last."""
        if not self._end.exists():
            return None
        note: dict[str, Any] = json.loads(self._end.read_text(encoding="utf-8"))
        return note

    @property
    def ledger(self) -> Path:
        """Where the privacy spent is written down."""
        return self.folder / "ledger.json"

    def _read(self, round: int) -> dict[str, Any]:
        path = self.folder / f"round-{round:05d}.json"
        try:
            record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RunError(f"{path}: missing or damaged ({error}); start the run anew") from None
        return record

    @property
    def _end(self) -> Path:
        return self.folder / "end.json"

    @property
    def _state(self) -> Path:
        return self.folder / "server.safetensors"
