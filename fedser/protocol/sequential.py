"""One device meets environments one after another (Tavernor et al. 2023).

Per seed, the model of the first environment is trained once and shared by all arms, so that arms are paired by
seed. After every stage the model is scored on every environment, also on those not met yet.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fedser.errors import RunError
from fedser.memory import EpisodicMemory, MemoryOptions, remember
from fedser.memory.episodic import MemoryKind
from fedser.metrics import Scoreboard
from fedser.model import FlatParameters, ModelOptions, Regressor
from fedser.protocol.arms import Arm
from fedser.protocol.environment import EnvironmentData
from fedser.protocol.evaluation import evaluate
from fedser.protocol.kept import Kept
from fedser.protocol.stage_files import StageRecord, read_record, read_state, record_of, write_record, write_state
from fedser.protocol.stage_pool import SharedStages, StageInputs
from fedser.protocol.step_budget import step_budget
from fedser.seeding import generator
from fedser.strategies import State, Strategy, Visit
from fedser.strategies.finetuning import Finetuning
from fedser.training import Examples, FrozenModel, StageState, TrainingOptions, UpdateOptions, train_stage
from fedser.training.cost import bytes_of_examples, bytes_of_state
from fedser.training.epoch import EpochStream
from fedser.training.stage import StageData, start_of_stage
from fedser.training.updates import next_update, seen_in_all

Watch = Callable[[str, str, int], None]
"""(arm, stage, epoch): told after every epoch."""

FIRST = "first_environment"
"""The folder name of the stage that all arms share; no method can be called so, with the underscore."""


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
    scoreboard: Scoreboard = field(default_factory=Scoreboard)
    data: str = ""
    """Tells what is learnt from, and how, from all else; checkpoints of another are refused."""
    updates: UpdateOptions = field(default_factory=UpdateOptions)
    capacities: Mapping[str, int] = field(default_factory=dict)
    """Utterances of an environment that a method may keep, where they are not `memory.capacity`."""
    shared: SharedStages | None = None
    """Where stages lie that other runs train too; None where there are no other runs."""

    def stage_name(self, stage: int) -> str:
        """Return `P+M` for stage 1 of environments P, M, I: the environments met so far."""
        return "+".join(environment.name for environment in self.environments[: stage + 1])

    def learn_first(self, watch: Watch) -> StageRecord:
        """Return the record of the first environment, trained now or read from its checkpoint."""
        return self._stage(0, None, Finetuning(), [], {}, watch)

    def learn_arm(self, arm: Arm, watch: Watch) -> list[StageRecord]:
        """Return the records of all stages of an arm, the first one included; resumes from checkpoints."""
        strategy = self.strategies[arm.method]
        records, kept = [self._first_of(arm, strategy, watch)], list[Kept]()
        for stage in range(1, len(self.environments)):
            before = records[-1]
            if strategy.past == "memory" and self.environments[stage - 1].labelled:
                kept.append(self._remember(stage - 1, arm, strategy, before))
            self._parameters.restore(self._initial_parameters() if strategy.restarts else before.parameters)
            state = strategy.leave(before.strategy)
            records.append(self._stage(stage, arm, strategy, kept, state, watch))
        return records

    def _first_of(self, arm: Arm, strategy: Strategy, watch: Watch) -> StageRecord:
        """Return the first stage as an arm's own: the shared one, and what its strategy makes of it."""
        shared = self.learn_first(watch)
        if (limited := self._learnt_from(0, arm, strategy)) is not None:
            return replace(shared, seen_last=torch.from_numpy(limited))
        if not strategy.watches_steps or strategy.without_ratings:
            visit, began = self._visit(0, shared.parameters, []), self._model.work
            _, state = strategy.begin(strategy.arrive({}, visit), visit)
            state = strategy.learnt(state, visit)
            return shared.after(state, self._model.work - began)
        self._parameters.restore(self._initial_parameters())
        own = self._stage(0, arm, strategy, [], {}, watch)
        if not torch.equal(own.parameters, shared.parameters):
            raise RunError(
                f"{arm.method}: with nothing of the past to use it came to other weights than finetuning on "
                f"{self.environments[0].name}; a strategy that watches steps must not change the first model"
            )
        return own

    @cached_property
    def _frozen(self) -> FrozenModel:
        return FrozenModel(self._model, self._parameters, self.training.loss == "mean")

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

    def _epochs_of(self, stage: int, update: int) -> EpochStream:
        """Return the streams of a stage's epochs; every update shuffles and drops out anew."""
        later = [f"update {update + 1}"] if update else []
        return lambda purpose, epoch: self._stream(stage, purpose, *later, epoch)

    def _remember(self, stage: int, arm: Arm, strategy: Strategy, record: StageRecord) -> Kept:
        """Return the memory of the environment met in `stage`; sampled memories are the same for all methods."""
        environment = self.environments[stage]
        kind: MemoryKind = arm.memory  # type: ignore[assignment]
        seen_last = record.seen_last.numpy()
        if strategy.of_memory_alone:
            memory = EpisodicMemory(environment.name, kind, seen_last)
        else:
            stream = self._stream(stage + 1, "memory", kind, environment.name)
            options = self._memory_of(strategy)
            memory = remember(environment.name, kind, seen_last, environment.candidates, options, stream)
        examples = environment.examples["train"].take(memory.positions)
        began = self._model.work
        if strategy.keeps_outputs:
            examples = examples.with_outputs(self._frozen.outputs_one_by_one(record.parameters, examples))
        self._parameters.restore(record.parameters)
        kept = Kept(memory, examples, environment, storing=self._model.work - began)
        return replace(kept, when_left=kept.scores(self._model, self.scoreboard))

    def _past(self, stage: int, strategy: Strategy, kept: Sequence[Kept]) -> list[Examples]:
        """Return what the strategy may see of the environments before `stage`."""
        if strategy.past == "memory":
            return [one.examples for one in kept]
        earlier = [environment.examples["train"] for environment in self.environments[:stage]]
        return earlier if strategy.past == "everything" else []

    def _learnt_from(self, stage: int, arm: Arm | None, strategy: Strategy) -> NDArray[np.int64] | None:
        """Return the positions in the training set that a stage is limited to, None for all."""
        if arm is None or not strategy.of_memory_alone:
            return None
        environment = self.environments[stage]
        kind: MemoryKind = arm.memory  # type: ignore[assignment]
        stream = self._stream(stage, "memory", kind, environment.name)
        count = len(environment.examples["train"])
        order = stream.permutation(count) if kind == "random" else np.arange(count)
        options = self._memory_of(strategy)
        return remember(environment.name, kind, order, environment.candidates, options, stream).positions

    def _memory_of(self, strategy: Strategy) -> MemoryOptions:
        capacity = self.capacities.get(strategy.name, self.memory.capacity)
        return self.memory.model_copy(update={"capacity": capacity})

    def _visit(
        self, stage: int, parameters: Tensor, past: Sequence[Examples], own: Examples | None = None
    ) -> Visit:
        environment = self.environments[stage]
        return Visit(
            environment.name,
            parameters.clone(),
            environment.examples["train"] if own is None else own,
            past,
            self._frozen,
            self.training.batch_size,
            lambda purpose: self._stream(stage, "strategy", purpose),
        )

    def _stage(
        self, stage: int, arm: Arm | None, strategy: Strategy, kept: Sequence[Kept], carried: State, watch: Watch
    ) -> StageRecord:
        """Train one stage from the model's present parameters, or read it; no arm for the stage of all arms."""
        label = FIRST if arm is None else arm.name
        path = self.folder / f"seed-{self.seed}" / label / f"stage-{stage + 1}.safetensors"
        if path.exists():
            return read_record(path, self.data)
        what = StageInputs(stage, strategy, kept, carried, self._learnt_from(stage, arm, strategy))
        train = partial(self._train, what, path, partial(watch, label, self.stage_name(stage)))
        if self.shared is None:
            return train()
        record = self.shared.once(what.key(self.shared, self, self._parameters.vector), train)
        if not path.exists():
            write_record(path, record, self.data)
        return record

    def _train(self, what: StageInputs, path: Path, watch: Callable[[int], None]) -> StageRecord:
        """Train one stage, or go on with it, and store it at `path`."""
        stage, strategy, kept, limited = what.stage, what.strategy, what.kept, what.limited
        past = self._past(stage, strategy, kept)
        seen = self.environments[: stage + 1] if strategy.past == "everything" else [self.environments[stage]]
        validated = [environment.examples["validation"] for environment in seen if environment.labelled]
        whole = self.environments[stage].examples["train"]
        own = whole if limited is None else whole.take(limited)
        data = StageData(self.environments[stage].name, own, past, Examples.join(validated) if validated else None)
        unfinished = path.with_suffix(".partial")
        parts = self._updates_of(stage, strategy, len(own))

        def on_epoch(state: StageState) -> None:
            watch(state.epoch)
            if state.epoch % self.training.checkpoint_every == 0 and not state.finished:
                write_state(unfinished, state, self.data)

        if unfinished.exists():
            begun = read_state(unfinished, self.training.patience, self.data)
        else:
            began = self._model.work
            carried = strategy.arrive(what.carried, self._visit(stage, self._parameters.vector, past, own))
            carried = self._begin(stage, strategy, carried, past, own.take(parts[0]))
            begun = start_of_stage(self._parameters, self.training, carried)
            stored = (one.storing for one in kept if one.environment is self.environments[stage - 1])
            begun.work = sum(stored, self._model.work - began)
        state = self._through_updates(stage, strategy, data, parts, begun, on_epoch)
        state.seen_last = state.seen_last if limited is None else limited
        heard = sum(map(len, parts)) if limited is None else len(whole)
        record = self._evaluated(stage, state, kept, past if limited is None else [*past, own], heard)
        write_record(path, record, self.data)
        unfinished.unlink(missing_ok=True)
        return record

    def _through_updates(
        self,
        stage: int,
        strategy: Strategy,
        data: StageData,
        parts: Sequence[NDArray[np.int64]],
        state: StageState,
        on_epoch: Callable[[StageState], None],
    ) -> StageState:
        """Train on one update after another, and tell the strategy of each; `seen_last` is then of them all."""
        capacity = len(self.environments[stage].examples["train"])  # a ring for every memory: stage 1 is shared
        until = self._until(stage, strategy)
        for update in range(state.update, len(parts)):
            own = data.own if len(parts) == 1 else data.own.take(parts[update])
            streams = self._epochs_of(stage, update)
            part = replace(data, own=own, steps=until[update] if until else None)
            state = train_stage(
                self._model, self._parameters, part, strategy, self.training, capacity, streams, state, on_epoch
            )
            visit, began = self._visit(stage, self._parameters.vector, data.memories, own), self._model.work
            state.strategy = strategy.learnt(state.strategy, visit)
            if update + 1 < len(parts):
                coming = data.own.take(parts[update + 1])
                carried = self._begin(stage, strategy, state.strategy, data.memories, coming)
                state = next_update(state, self._parameters.vector, carried, parts[update], capacity)
            state.work += self._model.work - began
        state.seen_last = seen_in_all(state, parts[-1], capacity)
        return state

    def _begin(
        self, stage: int, strategy: Strategy, state: State, past: Sequence[Examples], own: Examples
    ) -> State:
        """Put in the model the parameters from which training on some utterances starts; return the state."""
        vector, begun = strategy.begin(state, self._visit(stage, self._parameters.vector, past, own))
        self._parameters.restore(vector)
        return begun

    def _updates_of(self, stage: int, strategy: Strategy, count: int) -> list[NDArray[np.int64]]:
        """Return the positions of a stage's utterances by update; one for the first, and for what starts anew."""
        whole = stage == 0 or strategy.restarts
        return (UpdateOptions() if whole else self.updates).divide(count, self._stream(stage, "updates"))

    def _until(self, stage: int, strategy: Strategy) -> list[int] | None:
        """Return after how many steps each update of a stage ends; None for early stopping, as in the first."""
        environment, drawn = self.environments[stage], self._stream(stage, "updates")
        sizes = list(map(len, self.updates.divide(len(environment.examples["train"]), drawn)))
        return step_budget(sizes, strategy.restarts, environment.labelled, self.training) if stage else None

    def _evaluated(
        self, stage: int, state: StageState, kept: Sequence[Kept], held: Sequence[Examples], heard: int
    ) -> StageRecord:
        """Score on both held-out splits everywhere; `held` is what was kept, `heard` how many were new."""
        scores, predictions = evaluate(self._model, self.environments, self.scoreboard)
        found = {
            "stage": self.stage_name(stage),
            "utterances": heard,
            "scores": scores,
            "memory_bytes": sum(map(bytes_of_examples, held)) + bytes_of_state(state.strategy),
            "memories": [one.listed(self._model, self.scoreboard) for one in kept],
        }
        return record_of(state, self._parameters.vector.clone(), predictions, found)
