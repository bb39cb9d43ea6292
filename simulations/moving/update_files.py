"""What the server receives, kept for attacks on it: one file a round.

`<run>/updates/seed-S/<mode>-<arm>/round-R.safetensors` holds `before` (k,), the shared parameters that devices
received; `update/<device>` (k,) for each update that counted, as the server sees it, clipped or compressed;
and `average` (k,), what the model was moved by. Under a secure sum the server sees no single update, and there
is none. The record beside them: the learning rate, and the steps that each device reported; one under a
guarantee reports none. All tensors are float32.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import Field
from torch import Tensor

from fedser import whole_files
from fedser.config import Section
from simulations.moving.round import Round


class AuditSection(Section):
    """[audit]: what is kept for attacks on the run, and the run's own."""

    record_updates: bool = False
    """Keep what the server received in every round, for `fedser privacy attack`. In `local` arms nothing is sent
    up, so nothing is kept."""
    canaries: int = Field(100, ge=0, le=100_000)
    """How many attack a run's noise in the end, for a lower bound beside each ε; 0 for none. More of them show
    more, and take longer."""


@dataclass(frozen=True)
class UpdateFiles:
    """The folder of one arm of one seed."""

    folder: Path
    learning_rate: float
    data: str = ""
    """The identity of the data that the rounds are about (`World.identity`); "" where nobody knows it."""

    def write(self, round: Round, updates: Mapping[int, Tensor], before: Tensor, after: Tensor | None) -> None:
        """Store a round that moved the shared parameters (k,); `after` is None where they stayed as they were.

        `updates` (k,) are those that the server sees, by device.
        """
        steps = {str(entry["device"]): entry["steps"] for entry in round.entries if entry.get("steps")}
        record: dict[str, Any] = {"round": round.number, "learning_rate": self.learning_rate, "steps": steps}
        tensors = {f"update/{device}": update for device, update in updates.items()}
        moved = torch.zeros_like(before) if after is None else after - before
        tensors |= {"before": before, "average": moved}
        whole_files.write_tensors(self._file(round.number), tensors, record, self._of(round.number))

    def read(self, round: int) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return the tensors of a round by name, and its record; raises StorageError for a damaged file."""
        way_out = "start the run anew: what the server received is recorded as it arrives"
        return whole_files.read_tensors(self._file(round), self._of(round), way_out)

    def _of(self, round: int) -> dict[str, str | int]:
        of: dict[str, str | int] = {"arm": "/".join(self.folder.parts[-2:]), "round": round}
        return of | ({"data": self.data} if self.data else {})

    def _file(self, round: int) -> Path:
        return self.folder / f"round-{round:05d}.safetensors"
