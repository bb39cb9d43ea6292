"""One device meets environments one after another (Tavernor et al. 2023).

Per seed, the model of the first environment is trained once and shared by all arms, so that arms are paired by
seed. After every stage the model is scored on every environment, also on those not met yet.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fedser.memory import EpisodicMemory, MemoryOptions, remember
from fedser.memory.episodic import Kind
from fedser.model import FlatParameters, ModelOptions, Regressor
from fedser.protocol.arms import Arm
from fedser.protocol.environment import EnvironmentData
from fedser.protocol.stage_files import StageRecord, read_record, read_state, write_record, write_state
from fedser.seeding import generator
from fedser.strategies import Strategy
from fedser.strategies.finetuning import Finetuning
from fedser.training import Examples, StageState, TrainingOptions, predict, score, train_stage
from fedser.training.stage import StageData

Watch = Callable[[str, str, int], None]
"""(arm, stage, epoch): told after every epoch."""

FIRST = "first"
"""The folder name of the stage that all arms share."""


@dataclass(frozen=True)
class SequentialRun:
    """The protocol for one seed: environments in order, options, and the folder of its checkpoints."""

    seed: int
    environments: list[EnvironmentData]
    strategies: Mapping[str, Strategy]
    model_options: ModelOptions
    training: TrainingOptions
    memory: MemoryOptions
    folder: Path

    def stage_name(self, stage: int) -> str:
        """Return `P+M` for stage 1 of environments P, M, I: the environments met so far."""
        return "+".join(environment.name for environment in self.environments[: stage + 1])

    def learn_first(self, watch: Watch) -> StageRecord:
        """Return the record of the first environment, trained now or read from its checkpoint."""
        return self._stage(0, FIRST, Finetuning(), [], watch)

    def learn_arm(self, arm: Arm, watch: Watch) -> list[StageRecord]:
        """Return the records of all stages of an arm, the shared first one included; resumes from checkpoints."""
        records = [self.learn_first(watch)]
        strategy = self.strategies[arm.method]
        memories: list[EpisodicMemory] = []
        for stage in range(1, len(self.environments)):
            if strategy.past == "memory":
                memories.append(self._remember(stage - 1, arm, records[-1]))
            previous = self._initial_parameters() if strategy.restarts else records[-1].parameters
            self._parameters.restore(previous)
            records.append(self._stage(stage, arm.name, strategy, memories, watch))
        return records

    @cached_property
    def _model(self) -> Regressor:
        first = self.environments[0].examples["train"]
        return Regressor(first.acoustic.shape[1], first.lexical.shape[1], self.model_options)

    @cached_property
    def _parameters(self) -> FlatParameters:
        parameters = FlatParameters(self._model)
        parameters.restore(self._initial_parameters())
        return parameters

    def _initial_parameters(self) -> Tensor:
        self._model.initialise(generator(self.seed, "initial weights"))
        return torch.cat([parameter.detach().reshape(-1) for parameter in self._model.parameters()])

    def _stream(self, stage: int, *purpose: str | int) -> np.random.Generator:
        """Return a random stream of a stage: what device 0 of a federation draws in that round (from 1)."""
        return generator(self.seed, "device", 0, "round", stage + 1, *purpose)

    def _remember(self, stage: int, arm: Arm, record: StageRecord) -> EpisodicMemory:
        """Return the memory of the environment met in `stage`; sampled memories are the same for all methods."""
        environment = self.environments[stage]
        kind: Kind = arm.memory  # type: ignore[assignment]
        stream = self._stream(stage + 1, "memory", kind, environment.name)
        seen_last = record.seen_last.numpy()
        return remember(environment.name, kind, seen_last, environment.candidates, self.memory, stream)

    def _past(self, stage: int, strategy: Strategy, memories: list[EpisodicMemory]) -> list[Examples]:
        """Return what the strategy may see of the environments before `stage`."""
        earlier = [environment.examples["train"] for environment in self.environments[:stage]]
        if strategy.past == "memory":
            return [train.take(memory.positions) for train, memory in zip(earlier, memories, strict=True)]
        return earlier if strategy.past == "everything" else []

    def _stage(
        self, stage: int, label: str, strategy: Strategy, memories: list[EpisodicMemory], watch: Watch
    ) -> StageRecord:
        """Train one stage from the model's present parameters, or read it if it has been trained."""
        path = self.folder / f"seed-{self.seed}" / label / f"stage-{stage + 1}.safetensors"
        if path.exists():
            return read_record(path)
        name = self.stage_name(stage)
        validated = self.environments[: stage + 1] if strategy.past == "everything" else [self.environments[stage]]
        data = StageData(
            self.environments[stage].name,
            self.environments[stage].examples["train"],
            self._past(stage, strategy, memories),
            Examples.join([environment.examples["validation"] for environment in validated]),
        )
        partial = path.with_suffix(".partial")

        def on_epoch(state: StageState) -> None:
            watch(label, name, state.epoch)
            if state.epoch % self.training.checkpoint_every == 0 and not state.finished:
                write_state(partial, state)

        state = train_stage(
            self._model,
            self._parameters,
            data,
            strategy,
            self.training,
            self.memory.capacity,
            lambda purpose, epoch: self._stream(stage, purpose, epoch),
            read_state(partial, self.training.patience) if partial.exists() else None,
            on_epoch,
        )
        record = self._evaluated(stage, state, memories)
        write_record(path, record)
        partial.unlink(missing_ok=True)
        return record

    def _evaluated(self, stage: int, state: StageState, memories: list[EpisodicMemory]) -> StageRecord:
        """Score the model on both held-out splits of every environment."""
        scores, predictions = [], {}
        for environment in self.environments:
            for split in ("validation", "test"):
                predicted = predict(self._model, environment.examples[split])
                values = score(predicted, environment.labels[split])
                scores += [
                    [environment.name, split, target, metric, value] for (target, metric), value in values.items()
                ]
                if split == "test":
                    predictions[environment.name] = torch.from_numpy(predicted)
        record = {
            "stage": self.stage_name(stage),
            "scores": scores,
            "epochs": state.epoch,
            "best_epoch": state.stopping.best_epoch,
            "capped": not state.stopping.should_stop,
            "steps": state.steps,
            "altered": state.altered,
            "rows_per_step": state.rows_per_step,
            "seconds": state.seconds,
            "train_losses": state.train_losses,
            "validation_losses": state.validation_losses,
            "memories": [self._listed(k, memory) for k, memory in enumerate(memories)],
        }
        return StageRecord(self._parameters.vector.clone(), torch.from_numpy(state.seen_last), predictions, record)

    def _listed(self, stage: int, memory: EpisodicMemory) -> dict[str, Any]:
        """Return a memory as utterance ids, for the record."""
        ids = self.environments[stage].utterances["train"]
        return {
            "environment": memory.environment,
            "utterances": [ids[position] for position in memory.positions],
            "shortfalls": list(memory.shortfalls),
        }
