"""A federation on disk: one record for each round, and the server's state after the last one."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from fedser import whole_files
from fedser.errors import StorageError
from fedser.rules import RuleState
from fedser.whole_files import read_record, write_record

_RULE = "rule/"


@dataclass
class ServerState:
    """What the server knows after a round."""

    round: int
    model: Tensor
    """(p,)"""
    introduced: set[int] = field(default_factory=set)
    """Devices that have been sent the whole model."""
    learnt: dict[int, int] = field(default_factory=dict)
    """On how many utterances each device has said to have trained so far."""
    rule: RuleState = field(default_factory=RuleState)
    """What the rule of aggregation remembers."""
    guard: dict[str, Any] = field(default_factory=dict)
    """What [privacy] moves from round to round; its ledger is a file of its own."""


@dataclass(frozen=True)
class RoundFiles:
    """The folder of one arm of one seed."""

    folder: Path
    data: str = ""
    """The identity of the data that the rounds are about (`World.identity`); "" where nobody knows it any more."""

    def write(self, state: ServerState, record: dict[str, Any]) -> None:
        """Store a round: its record first, so that a state is never without it."""
        write_record(self._file(state.round), record, self._of | {"round": state.round})
        tensors = {"model": state.model} | {_RULE + name: tensor for name, tensor in state.rule.tensors.items()}
        fields: dict[str, Any] = {"round": state.round, "introduced": sorted(state.introduced)}
        fields |= {"learnt": sorted(state.learnt.items())} if state.learnt else {}
        fields |= {"rule": dict(state.rule.record)} if state.rule.record else {}
        fields |= {"guard": state.guard} if state.guard else {}
        whole_files.write_tensors(self._state, tensors, fields, self._of)

    def read_state(self) -> ServerState | None:
        """Return the state after the last finished round, or None before the first.

        Raises StorageError if the file is damaged or of another arm or run, or gone where rounds are recorded.
        """
        if not self._state.exists():
            if self._file(1).exists():
                raise StorageError(f"{self._state}: missing, though rounds are recorded; {self.way_out}")
            return None
        tensors, record = whole_files.read_tensors(self._state, self._of, self.way_out)
        kept = {name.removeprefix(_RULE): tensor for name, tensor in tensors.items() if name.startswith(_RULE)}
        rule, guard = RuleState(kept, record.get("rule", {})), record.get("guard", {})
        introduced, learnt = set(record["introduced"]), dict(record.get("learnt", []))
        return ServerState(record["round"], tensors["model"], introduced, learnt, rule, guard)

    def read_records(self) -> list[dict[str, Any]]:
        """Return the records of all rounds, round 0 first; raises StorageError if one is missing or damaged."""
        state = self.read_state()
        if state is None:
            return []
        return [
            read_record(self._file(round), self._of | {"round": round}, self.way_out)
            for round in range(state.round + 1)
        ]

    def write_end(self, note: dict[str, Any]) -> None:
        """Record why the rounds end before the last."""
        write_record(self._end, note, self._of)

    def read_end(self) -> dict[str, Any] | None:
        """Return what `write_end` stored, None for rounds that went to the last."""
        if not self._end.exists():
            return None
        return read_record(self._end, self._of, self.way_out)

    @property
    def ledger(self) -> Path:
        """Where the privacy spent is written down."""
        return self.folder / "ledger.json"

    def _file(self, round: int) -> Path:
        return self.folder / f"round-{round:05d}.json"

    @property
    def _of(self) -> dict[str, str | int]:
        """Seed and arm, as the folder has them, and the data: a file of another run is no file of this one."""
        of: dict[str, str | int] = {"arm": "/".join(self.folder.parts[-2:])}
        return of | ({"data": self.data} if self.data else {})

    @property
    def way_out(self) -> str:
        """Return what to do where one of these files, or a device's store, is damaged or gone."""
        if self.ledger.exists():
            return "start the run anew in another folder, for what these rounds told is told"
        return f"delete the folder {self.folder} and resume: its rounds are lived again"

    @property
    def _end(self) -> Path:
        return self.folder / "end.json"

    @property
    def _state(self) -> Path:
        return self.folder / "server.safetensors"
