"""One round of a device's life: receive the model, take in what was heard since, adapt, remember."""

import sys
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from fedser.device.items import Items
from fedser.device.learning import DeviceLearning
from fedser.device.memory import DeviceMemory, Sampler
from fedser.device.settings import DeviceSettings
from fedser.device.sharing import Sharing
from fedser.device.state import DeviceState
from fedser.device.world import World
from fedser.errors import NonFiniteGradientError
from fedser.memory import utterance_bytes
from fedser.metrics.pooled import Moments
from fedser.model import FlatParameters, ModelWork, Regressor
from fedser.protocol import Arm
from fedser.protocol.arms import check_capacity
from fedser.rules import SentBeside, Vectors
from fedser.seeding import generator
from fedser.training import Adapted, Examples, predict
from fedser.training.cost import bytes_of_state
from fedser.training.epoch import ADVICE
from fedser.training.evaluate import Predictions
from fedser.vocabulary import TARGETS

NOWHERE = -2
"""Not a place, so that the memories of all places are cut."""

Outcome = Literal["trained", "idle-no-labels"]


@dataclass(frozen=True)
class Learnt:
    """What came of a round: the personal model (p,), what may be told of it, and what it cost."""

    outcome: Outcome
    parameters: Tensor
    shared: Tensor
    """(p,) the model of which the shared part goes up; the personal one itself, but in ditto."""
    examples: int
    steps: int
    altered: int
    flops: float
    memory_bytes: int
    held_out: dict[str, list[float]] = field(default_factory=dict)
    """By `environment/target`: the metrics' statistics of the personal model on speakers who own nothing."""
    prequential: dict[str, Moments] = field(default_factory=dict)
    """How the model did on the owner's new utterances before learning from them, by `environment/target`."""
    beside: Vectors = field(default_factory=dict)
    """What the rule of aggregation has it tell beside its model."""


class Life:
    """Lives rounds for any device of an arm: it holds a model to work with, and nothing of any device."""

    def __init__(self, world: World, arm: Arm) -> None:
        """Live the rounds of an arm."""
        self.world, self.arm = world, arm
        self.settings: DeviceSettings = world.settings
        first = world.training[0]
        self._widths = first.acoustic.shape[1], first.lexical.shape[1]
        self.model = Regressor(*self._widths, self.settings.model)
        self.parameters = FlatParameters(self.model)
        self.sharing = Sharing.of(arm.mode, self.model)
        self.learning = DeviceLearning(world, arm, self.model, self.parameters, self.sharing)
        options = self.settings.memory
        if self.learning.strategy.past == "everything":
            options = options.model_copy(update={"capacity": sys.maxsize, "bytes": None})
        self._bytes_each = utterance_bytes(*self._widths, with_outputs=self.learning.strategy.keeps_outputs)
        self._budget = None if options.bytes is None else options.bytes // self._bytes_each
        if options.identity == "unknown" and self._budget is not None:
            # A reservoir that were cut afterwards would no longer be a uniform sample.
            options = options.model_copy(update={"capacity": min(options.capacity, self._budget)})
        self._memory = options
        least = options.capacity if self._budget is None else min(options.capacity, self._budget)
        check_capacity(arm, least)

    @property
    def _remembers_first(self) -> bool:
        """Whether what is learnt from is all that is kept, what was just heard among it."""
        return self.learning.strategy.of_memory_alone or self.learning.strategy.past == "everything"

    @property
    def size(self) -> int:
        """Return p, the number of the model's parameters."""
        return self.parameters.vector.numel()

    def live(
        self, state: DeviceState, model: Tensor, device: int, round: int, beside: Vectors | None = None
    ) -> tuple[DeviceState, Learnt]:
        """Return a device's state after a round and what it learnt, starting from the `model` (p,) it adapts.

        `beside` came with the model, for the rule of aggregation. It depends on its arguments alone: living a
        round again gives the same. Raises ValueError for a round that is over, NonFiniteGradientError when
        training diverges.
        """
        if round <= state.round:
            raise ValueError(f"device {device} has lived round {state.round}; round {round} is over")
        personal = self.sharing.personal(model, state.own)
        self.parameters.restore(personal)
        here = self.world.place(device, round)
        items, labelled_in, heard_at = self._heard_since(state, device, round)
        ready = (labelled_in >= 0) & (labelled_in <= round)
        if self.learning.strategy.without_ratings:
            items = items.rated_only(labelled_in >= 0)
            ready |= labelled_in < 0
        fresh, fresh_at = items.take(ready), heard_at[ready]
        memory = self._settle(state.memory, here, device, round)
        unreported = dict(state.unreported)
        outcome: Outcome = "idle-no-labels"
        shared = model if self.sharing.two_models else None
        adapted, told_beside = (
            Adapted(np.zeros(0, np.int64), 0, 0, ModelWork(), 0, state.strategy),
            SentBeside(kept=state.rule),
        )
        learning_in, storing = state.learning_in, ModelWork()
        if ready.sum() >= 2:  # the concordance of one utterance is undefined: it waits for another
            outcome, learning_in = "trained", self.learning.place(device, round)
            own = fresh.examples(self.world.training)
            unreported = self._judge(own, fresh_at, unreported)
            if self._remembers_first:
                memory = self._remember_first(memory, fresh, fresh_at, device, round)
                own = self._all_of(memory, device, round).examples(self.world.training)
                kept = DeviceMemory()
            else:
                kept = memory
            self.parameters.restore(model)
            adapted, told_beside = self.learning.learn(state, own, kept, device, round, beside)
            if self.sharing.two_models:
                shared = self.parameters.vector.clone()
                self.parameters.restore(personal)
                adapted = self.learning.learn_near(model, own, kept, device, round, adapted)
            if self.learning.remembers and not self._remembers_first:
                rated = adapted.seen_last[fresh.rated[adapted.seen_last]]
                began = self.model.work
                seen, place_of = self.learning.stored(fresh.take(rated)), fresh_at[rated]
                storing = self.model.work - began
                sampler = self._sampler(device, round)
                memory = memory.after_training(seen, place_of, self._memory, sampler)
                memory = self._settle(memory, here, device, round)
        else:
            ready = np.zeros(len(items), np.bool_)
        told_of = len(state.memory) if self.learning.tells_of_memory and beside else 0
        work = adapted.work + storing + self.model.work_of_gradient(told_of)
        waits = ~ready & (labelled_in >= 0)
        told, untold = self._tell(unreported)
        after = DeviceState(
            round,
            memory,
            items.take(waits),
            labelled_in[waits],
            heard_at[waits],
            state.own,
            learning_in,
            adapted.state,
            untold,
            told_beside.kept,
        )
        learnt = Learnt(
            outcome,
            vector := self.parameters.vector.clone(),
            vector if shared is None else shared,
            len(fresh) if outcome == "trained" else 0,
            adapted.steps,
            adapted.altered,
            float(work.flops),
            len(memory) * self._bytes_each
            + bytes_of_state(adapted.state)
            + bytes_of_state(told_beside.kept)
            + (bytes_of_state({"own": vector}) if self.sharing.two_models else 0),
            self.score(round) if self.settings.scored_in(round) else {},
            told,
            told_beside.up,
        )
        return after, learnt

    def of_memory(self, state: DeviceState, model: Tensor, device: int) -> Tensor:
        """Return the gradient (k,) of the loss on all that a device remembers, at the `model` (p,) given."""
        return self.learning.of_memory(model, state.memory, device)

    def sent(self, device: int, learnt: Tensor, received: Tensor) -> Tensor:
        """Return what a device sends (k,) of what it learnt: the same, unless it is hostile."""
        poisoning = self.world.poisoning_of(device)
        if poisoning is None:
            return learnt
        return poisoning.sent(learnt, received, len(self.world.hostile) / self.settings.devices)

    def score(self, round: int) -> dict[str, list[float]]:
        """Return the metrics' statistics of the present model on the held-out speakers of every environment."""
        found, board = {}, self.settings.scoreboard
        for environment, name in enumerate(self.settings.environments):
            examples, labels = self.world.held_out(environment, round)
            predicted = self._predict(examples)
            for k, target in enumerate(TARGETS):
                found[f"{name}/{target}"] = board.statistics(predicted[:, k], labels[:, k])
        return found

    def _heard_since(
        self, state: DeviceState, device: int, round: int
    ) -> tuple[Items, NDArray[np.int64], NDArray[np.int64]]:
        """Return what waits and what it takes in of the rounds since: items, when labelled, where heard."""
        items, labelled_in, heard_at = self.world.heard_since(device, state.round, round)
        return (
            Items.join([state.waiting, items]),
            np.concatenate([state.labelled_in, labelled_in]),
            np.concatenate([state.heard_at, heard_at]),
        )

    def _settle(self, memory: DeviceMemory, here: int, device: int, round: int) -> DeviceMemory:
        """Return the memories cut to what a device may keep, given where it is now."""
        if not self.learning.remembers:
            return memory
        sampler, kind = self._sampler(device, round), self.arm.memory
        options = self._memory
        if self._budget is not None and kind != "random" and memory.places:
            # A sampled memory that must shrink is sampled anew; cutting it off would keep the last speakers.
            fair = max(1, self._budget // len(memory.places))
            options = options.model_copy(update={"capacity": min(options.capacity, fair)})
        names = self.settings.environments
        memory = memory.leaving(here, kind, options, self.world.candidates, sampler, names)  # type: ignore[arg-type]
        return memory.within(self._budget)

    def _remember_first(
        self, memory: DeviceMemory, fresh: Items, fresh_at: NDArray[np.int64], device: int, round: int
    ) -> DeviceMemory:
        """Return the memories, cut to what a device may keep, with new utterances in them before any training.

        Those of a ring come in a random order, as training would see them.
        """
        sampler = self._sampler(device, round)
        if self.arm.memory == "random":
            order = sampler(self.learning.place(device, round)).permutation(len(fresh))
            fresh, fresh_at = fresh.take(order), fresh_at[order]
        memory = memory.after_training(fresh, fresh_at, self._memory, sampler)
        return self._settle(memory, NOWHERE, device, round)

    def _all_of(self, memory: DeviceMemory, device: int, round: int) -> Items:
        """Return all that is remembered, what was heard here first."""
        here = self.learning.place(device, round)
        others = [items for place, items in memory.places.items() if place != here]
        return Items.join([memory.places.get(here, Items.none()), *others])

    def _sampler(self, device: int, round: int) -> Sampler:
        names, kind = self.settings.environments, self.arm.memory

        def sampler(place: int) -> np.random.Generator:
            name = names[place] if place >= 0 else "anywhere"
            return generator(self.world.seed, "device", device, "round", round, "memory", kind, name)

        return sampler

    def _judge(self, own: Examples, places: NDArray[np.int64], before: dict[str, Moments]) -> dict[str, Moments]:
        """Add how the received model does on new utterances, place by place."""
        predicted, labels = self._predict(own), own.labels.double().numpy()
        found = dict(before)
        for place in np.unique(places[own.labelled.numpy()]).tolist():
            rows = (places == place) & own.labelled.numpy()
            for k, target in enumerate(TARGETS):
                key = f"{self.settings.environments[place]}/{target}"
                found[key] = found.get(key, Moments()) + Moments.of(predicted[rows, k], labels[rows, k])
        return found

    def _predict(self, examples: Examples) -> Predictions:
        predicted = predict(self.model, examples)
        if not np.isfinite(predicted).all():  # weights may be finite, and so large that nothing else is
            raise NonFiniteGradientError(f"a prediction is not finite: training has diverged, {ADVICE}")
        return predicted

    def _tell(self, statistics: dict[str, Moments]) -> tuple[dict[str, Moments], dict[str, Moments]]:
        """Split statistics into those of enough utterances to be told and those that stay."""
        least = self.settings.reports.min_pooled
        told = {key: moments for key, moments in statistics.items() if moments.n >= least}
        return told, {key: moments for key, moments in statistics.items() if key not in told}
