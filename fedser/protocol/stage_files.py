"""A stage on disk: finished, or somewhere in the middle of its training."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fedser import whole_files
from fedser.model import ModelWork
from fedser.seals import Of
from fedser.training import StageState
from fedser.training.early_stopping import EarlyStopping


@dataclass(frozen=True)
class StageRecord:
    """What a finished stage leaves: parameters, what training saw last, scores, predictions, curves and cost."""

    parameters: Tensor
    seen_last: Tensor
    predictions: Mapping[str, Tensor]
    """Predictions (n, 2) on the test split by environment."""
    strategy: Mapping[str, Tensor]
    """What the strategy carries along."""
    record: Mapping[str, Any]
    """JSON: stage, utterances, scores, epochs, steps, cost, losses by epoch, memories."""

    def after(self, strategy: Mapping[str, Tensor], work: ModelWork) -> "StageRecord":
        """Return the same stage with what a strategy carries along, and with the work of making it."""
        record, found = self.record, {"passes": work.passes, "flops": work.flops}
        more = {name: record[name] + count for name, count in found.items()}
        return replace(self, strategy=strategy, record={**record, **more})


def record_of(
    state: StageState, parameters: Tensor, predictions: Mapping[str, Tensor], found: Mapping[str, Any]
) -> StageRecord:
    """Return a stage that has been trained; `found`: what is to be recorded of it beside how training went."""
    record = {
        **found,
        "epochs": len(state.train_losses),
        "best_epoch": state.stopping.best_epoch,
        "capped": not state.stopping.should_stop,
        "steps": state.steps,
        "altered": state.altered,
        "rows_per_step": state.rows_per_step,
        "passes": state.work.passes,
        "flops": state.work.flops,
        "seconds": state.seconds,
        "train_losses": state.train_losses,
        "validation_losses": state.validation_losses,
    }
    return StageRecord(parameters, torch.from_numpy(state.seen_last), predictions, state.strategy, record)


_PREDICTIONS = "predictions/"
_STRATEGY, _BEST_STRATEGY = "strategy/", "best-strategy/"


def write_record(path: Path, record: StageRecord, data: str = "") -> None:
    """Store a finished stage; `data` tells what it was trained on from all other data."""
    tensors = {"parameters": record.parameters, "seen_last": record.seen_last}
    tensors |= _under(_PREDICTIONS, record.predictions) | _under(_STRATEGY, record.strategy)
    whole_files.write_tensors(path, tensors, record.record, _of(path, data))


def read_record(path: Path, data: str = "") -> StageRecord:
    """Return a finished stage; raises StorageError if the file is damaged, or of another stage, arm or `data`."""
    tensors, record = whole_files.read_tensors(path, _of(path, data))
    predictions, strategy = _below(_PREDICTIONS, tensors), _below(_STRATEGY, tensors)
    return StageRecord(tensors["parameters"], tensors["seen_last"], predictions, strategy, record)


_COUNTS = (
    "epoch",
    "steps",
    "altered",
    "rows_per_step",
    "seconds",
    "finished",
    "update",
    "train_losses",
    "validation_losses",
)


def write_state(path: Path, state: StageState, data: str = "") -> None:
    """Store where a stage's training is, to go on from there after a kill."""
    stopping = state.stopping
    tensors = {
        "parameters": state.parameters,
        "best": stopping.best.clone(),
        "seen_last": torch.from_numpy(state.seen_last),
        "heard": torch.from_numpy(state.heard),
    }
    tensors |= _under(_STRATEGY, state.strategy) | _under(_BEST_STRATEGY, stopping.state)
    record = {name: getattr(state, name) for name in _COUNTS}
    record |= {"passes": state.work.passes, "flops": state.work.flops}
    record |= {"best_loss": stopping.best_loss, "best_epoch": stopping.best_epoch, "waited": stopping.waited}
    whole_files.write_tensors(path, tensors, record, _of(path, data))


def read_state(path: Path, patience: int, data: str = "") -> StageState:
    """Return what `write_state` stored; raises StorageError as `read_record` does."""
    tensors, record = whole_files.read_tensors(path, _of(path, data))
    best = _below(_BEST_STRATEGY, tensors)
    stopping = EarlyStopping(
        patience, tensors["best"], record["best_loss"], record["best_epoch"], record["waited"], best
    )
    counts = {name: record[name] for name in _COUNTS}
    seen_last, heard = (np.asarray(tensors[name]) for name in ("seen_last", "heard"))
    strategy = _below(_STRATEGY, tensors)
    return StageState(
        parameters=tensors["parameters"],
        stopping=stopping,
        seen_last=seen_last,
        heard=heard,
        strategy=strategy,
        work=ModelWork(record["passes"], record["flops"]),
        **counts,
    )


def _of(path: Path, data: str) -> Of:
    """Return what a file is of: seed, arm and stage, as its path ends in them, and the data."""
    return {"stage": "/".join(path.parts[-3:])} | ({"data": data} if data else {})


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    # Cloned, for a file of tensors holds none twice, and a state may.
    return {prefix + name: tensor.clone() for name, tensor in tensors.items()}


def _below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
