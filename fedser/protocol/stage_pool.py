"""Stages that several runs have in common: trained once, then taken from a folder that the runs share.

Which stages are the same is not for anyone to say: a stage is known by a digest of all that it is made of, from
the weights it starts with to the utterances it is scored on. So the first model is shared by runs that differ in
their memory, and Finetuning too; and what is taken is to the last bit what would have been trained.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from filelock import FileLock
from numpy.typing import NDArray
from torch import Tensor

from fedser import whole_files
from fedser.protocol.environment import EnvironmentData
from fedser.protocol.kept import Kept
from fedser.protocol.stage_files import StageRecord, read_record, write_record
from fedser.seals import digest_of, tensor_parts
from fedser.strategies import Strategy

if TYPE_CHECKING:
    from fedser.protocol.sequential import SequentialRun

FILE = "stage.safetensors"


@dataclass(frozen=True)
class SharedStages:
    """The stages that lie in a folder; processes may share it, and none trains what another is training."""

    folder: Path
    _contents: dict[str, str] = field(default_factory=dict)
    """What each environment holds, digested once."""

    def once(self, key: str, train: Callable[[], StageRecord]) -> StageRecord:
        """Return the stage of a key: read, or trained now if nobody has; waits while another process trains it."""
        file = self.folder / key[:2] / key / FILE
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(file.parent / ".lock"):  # the system lets go of it when a process ends, however it ends
                if not file.exists():
                    record = train()
                    write_record(file, record, key)
                    return record
        return read_record(file, key)

    def content_of(self, environment: EnvironmentData) -> str:
        """Return a digest of all that an environment holds."""
        if environment.name not in self._contents:
            self._contents[environment.name] = _content(environment)
        return self._contents[environment.name]

    def seconds(self) -> list[float]:
        """Return how long each of the stages was trained, in seconds."""
        return [whole_files.read_tensors(file)[1]["seconds"] for file in sorted(self.folder.glob(f"*/*/{FILE}"))]


@dataclass(frozen=True)
class StageInputs:
    """What a stage of one seed starts from, beside the weights of the model."""

    stage: int
    strategy: Strategy
    kept: Sequence[Kept]
    carried: Mapping[str, Tensor]
    """What the strategy carries along."""
    limited: NDArray[np.int64] | None
    """The positions in the training set that it may learn from, None for all."""

    def key(self, shared: SharedStages, run: "SequentialRun", start: Tensor) -> str:
        """Return by what the stage of a run is known when the model starts with the weights `start` (p,)."""
        met = [shared.content_of(environment) for environment in run.environments[: self.stage + 1]]
        scored = sorted(shared.content_of(environment) for environment in run.environments)
        said = {
            "seed": run.seed,
            "stage": run.stage_name(self.stage),
            "environments": [met, scored],
            "model": run.model_options.model_dump(mode="json"),
            "training": run.training.model_dump(mode="json"),
            "updates": run.updates.model_dump(mode="json") if self.stage else None,
            "metrics": list(run.scoreboard.names),
            "strategy": [str(type(self.strategy)), self.strategy.model_dump(mode="json")],
            "kept": [_memory(one) for one in self.kept],
            "limited": None if self.limited is None else self.limited.tolist(),
        }
        tensors = {"start": start} | {f"carried/{name}": tensor for name, tensor in self.carried.items()}
        for k, one in enumerate(self.kept):
            tensors |= _tensors_in(f"kept/{k}", one.examples)
        return digest_of(json.dumps(said, sort_keys=True).encode(), *tensor_parts(tensors))


def _memory(one: Kept) -> list[Any]:
    memory = one.memory
    return [
        memory.environment,
        memory.kind,
        memory.positions.tolist(),
        list(memory.shortfalls),
        dict(one.when_left),
    ]


def _content(environment: EnvironmentData) -> str:
    tensors = {
        name: tensor
        for split, examples in environment.examples.items()
        for name, tensor in _tensors_in(split, examples).items()
    }
    tensors |= {f"labels/{split}": torch.from_numpy(rows.copy()) for split, rows in environment.labels.items()}
    known = {name: np.asarray(values).tolist() for name, values in vars(environment.candidates).items()}
    said = json.dumps([environment.name, dict(environment.utterances), known], sort_keys=True)
    return digest_of(said.encode(), *tensor_parts(tensors))


def _tensors_in(prefix: str, thing: object) -> dict[str, Tensor]:
    """Return the tensors among the attributes of a thing, such as `Examples`, under names with a prefix."""
    return {f"{prefix}/{name}": value for name, value in vars(thing).items() if isinstance(value, Tensor)}
