"""What a device learns in a round: its strategy at work on new utterances and on what it keeps of other places."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from fedser.device.items import Items
from fedser.device.memory import ANYWHERE, DeviceMemory
from fedser.device.sharing import Sharing
from fedser.device.state import DeviceState
from fedser.device.world import World
from fedser.model import Correction, Examples, FlatParameters, ModelWork, Penalty, Regressor
from fedser.model.penalty import quadratic
from fedser.protocol import Arm
from fedser.rules import Received, Rule, SentBeside, Trained, Vectors
from fedser.seeding import generator
from fedser.strategies import State, Visit
from fedser.training import AdaptationOptions, Adapted, FrozenModel, adapt, train_stage
from fedser.training.epoch import EpochStream, steps_of
from fedser.training.stage import StageData, start_of_stage, validation_loss


class DeviceLearning:
    """Trains a model for any device of an arm, in place; it holds nothing of any device."""

    def __init__(
        self,
        world: World,
        arm: Arm,
        model: Regressor,
        parameters: FlatParameters,
        sharing: Sharing,
        chances: Sequence[str | int] = (),
    ) -> None:
        """Draw from the streams of a device; with `chances` from others, as when it is only simulated."""
        self._world, self._settings, self._sharing = world, world.settings, sharing
        self._model, self._parameters, self._chances = model, parameters, chances
        self._rule = self._settings.rule_of(arm)
        self.strategy = self._settings.strategy(arm.method)
        self._frozen = FrozenModel(model, parameters, self._settings.training.loss == "mean")

    def place(self, device: int, round: int) -> int:
        """Return where a device takes itself to be: the place, or `ANYWHERE` for one that does not know."""
        return ANYWHERE if self._settings.memory.identity == "unknown" else self._world.place(device, round)

    def learn(
        self,
        before: DeviceState,
        own: Examples,
        memory: DeviceMemory,
        device: int,
        round: int,
        beside: Vectors | None = None,
    ) -> tuple[Adapted, SentBeside]:
        """Train on n ≥ 2 new utterances, from the model's present parameters; `before` is the state of the device.

        A strategy that restarts begins at the initial weights of the seed, whatever the device was sent;
        Joint does not, here.
        The strategy is told when the device has left one place and come to another. Raises NonFiniteGradientError
        when training diverges.
        """
        poisoning = self._world.poisoning_of(device)
        own = own if poisoning is None else poisoning.heard(own)
        began = self._model.work
        received = None if self._rule is None else self._received(self._rule, before, own, beside or {})
        # Joint goes on from its last model: a device's rounds are too short to begin anew in every one.
        if self.strategy.restarts and self.strategy.past != "everything":
            self._model.initialise(generator(self._world.seed, "initial weights"))
        past = self._past(memory, device, round)
        state = before.strategy
        if before.learning_in != self.place(device, round):
            left = state if before.learning_in is None else self.strategy.leave(state)
            state = self.strategy.arrive(left, self._visit(own, past, device, round))
        vector, state = self.strategy.begin(state, self._visit(own, past, device, round))
        self._parameters.restore(vector)
        prepared = self._model.work - began
        correct = None if self._rule is None or received is None else self._rule.gives_way(received)
        adapted = self._adapt(own, past, state, device, round, self._penalties_of_rule(received), correct)
        began = self._model.work
        state = self.strategy.learnt(adapted.state, self._visit(own, past, device, round))
        work = prepared + adapted.work + (self._model.work - began)
        return replace(adapted, state=state, work=work), self._told(received, adapted)

    def learn_near(
        self,
        received: Tensor,
        own: Examples,
        memory: DeviceMemory,
        device: int,
        round: int,
        shared: Adapted,
    ) -> Adapted:
        """Train Ditto's personal model from the present parameters, held near the global one, `received` (p,).

        Its batches and masks are those of the model that is shared, so that Ditto's is what mode federated has,
        and at λ = 0 the personal one what mode local has. Return what training both did; `shared` is the first.
        """
        poisoning = self._world.poisoning_of(device)
        own = own if poisoning is None else poisoning.heard(own)
        past = self._past(memory, device, round)
        strength = self._settings.adaptation.ditto_lambda
        penalties = [quadratic(received.clone(), strength)] if strength else []
        return _together([shared, self._adapt(own, past, {}, device, round, penalties)])

    @property
    def tells_of_memory(self) -> bool:
        """Whether the rule asks for the gradient of what is remembered."""
        return self._rule is not None and self._rule.of_memory

    @property
    def remembers(self) -> bool:
        """Whether a memory is kept: by the strategy, or for the rule."""
        return self.strategy.past == "memory" or self.tells_of_memory

    def of_memory(self, model: Tensor, memory: DeviceMemory, device: int) -> Tensor:
        """Return the gradient (k,), over what is shared, of a model's loss on all of a memory; 0 for none."""
        remembered, poisoning = Items.join(list(memory.places.values())), self._world.poisoning_of(device)
        if len(remembered) < 2:
            return torch.zeros_like(model)[self._sharing.part]
        examples = remembered.examples(self._world.training)
        examples = examples if poisoning is None else poisoning.kept(examples)
        self._parameters.restore(model)
        return self._frozen.gradient(self._parameters.vector, examples)[self._sharing.part].clone()

    def stored(self, seen: Items) -> Items:
        """Return utterances as they are stored: with what the model gives for them now, where that is kept."""
        if not self.strategy.keeps_outputs:
            return seen
        examples = seen.examples(self._world.training)
        outputs = self._frozen.outputs_one_by_one(self._parameters.vector, examples)
        return seen.with_outputs(outputs.numpy().astype(np.float32))

    def _past(self, memory: DeviceMemory, device: int, round: int) -> list[Examples]:
        """Return what is kept of other places, as a hostile device would have it."""
        poisoning, here = self._world.poisoning_of(device), self._world.place(device, round)
        past = [items.examples(self._world.training) for _, items in memory.of_others(here)]
        return past if poisoning is None else [poisoning.kept(examples) for examples in past]

    def _visit(self, own: Examples, past: Sequence[Examples], device: int, round: int) -> Visit:
        return Visit(
            self._settings.environments[self._world.place(device, round)],
            self._parameters.vector.clone(),
            own,
            past,
            self._frozen,
            self._settings.training.batch_size,
            lambda purpose: self._stream(device, round, "strategy", purpose),
        )

    def _adapt(
        self,
        own: Examples,
        past: Sequence[Examples],
        state: State,
        device: int,
        round: int,
        penalties: Sequence[Penalty],
        correct: Correction | None = None,
    ) -> Adapted:
        s, here = self._settings, self._world.place(device, round)
        model, parameters, strategy = self._model, self._parameters, self.strategy
        name = f"{s.environments[here]}, device {device}, round {round}"

        def stream(purpose: str, epoch: int) -> np.random.Generator:
            return self._stream(device, round, purpose, epoch)

        if s.adaptation.early_stopping:
            # Where nobody rates anything, nobody rated a validation split either: its labels are not looked at.
            watched = self._world.validation(here, round) if bool(own.labelled.any()) else None
            data = StageData(name, own, past, watched)
            begun = start_of_stage(parameters, s.training, state)
            done = train_stage(
                model,
                parameters,
                data,
                strategy,
                s.training,
                len(own),
                stream,
                begun,
                penalties=penalties,
                correct=correct,
            )
            return Adapted(done.seen_last, done.steps, done.altered, done.work, done.epoch, done.strategy)
        length, phases = self._length(own), []
        for k, only in enumerate(self._sharing.phases or (None,)):
            streams = partial(_in_phase, stream, k) if self._sharing.phases else stream
            phase = adapt(
                model,
                parameters,
                own,
                past,
                strategy,
                s.training,
                length,
                streams,
                name,
                state,
                penalties,
                only,
                correct,
            )
            state = phase.state
            phases.append(phase)
        return _together(phases)

    def _length(self, own: Examples) -> AdaptationOptions:
        """Return how long to train on new utterances: by steps, where all methods take the same number of them."""
        length, training = self._settings.adaptation, self._settings.training
        if training.match != "steps" or length.epochs is None:
            return length
        steps = length.epochs * steps_of(len(own), training.batch_size)
        return length.model_copy(update={"epochs": None, "steps": steps})

    def _received(self, rule: Rule, before: DeviceState, own: Examples, beside: Vectors) -> Received:
        """Return what the device has of the round; the model is as the device received it."""
        loss = validation_loss(self._model, own, self._settings.training) if rule.needs_loss else None
        return Received(self._parameters.vector.clone(), self._sharing.part, beside, before.rule, loss)

    def _penalties_of_rule(self, received: Received | None) -> list[Penalty]:
        """Return what the rule of aggregation adds to the loss."""
        if self._rule is None or received is None:
            return []
        terms = self._rule.penalty(received.parameters, received.shared), self._rule.correction(received)
        return [term for term in terms if term is not None]

    def _told(self, received: Received | None, adapted: Adapted) -> SentBeside:
        if self._rule is None or received is None:
            return SentBeside()
        rate = self._settings.training.learning_rate
        return self._rule.tell(received, Trained(self._parameters.vector.clone(), adapted.steps, rate))

    def _stream(self, device: int, round: int, *purpose: str | int) -> np.random.Generator:
        return generator(self._world.seed, *self._chances, "device", device, "round", round, *purpose)


def _in_phase(stream: EpochStream, phase: int, purpose: str, epoch: int) -> np.random.Generator:
    """Return the stream of a phase: every one shuffles and drops out anew."""
    return stream(purpose if phase == 0 else f"{purpose}, phase {phase + 1}", epoch)


def _together(phases: Sequence[Adapted]) -> Adapted:
    """Return what phases did as one; what the last saw last is what was seen last."""
    total = {name: sum(getattr(one, name) for one in phases) for name in ("steps", "altered", "epochs")}
    return replace(phases[-1], **total, work=sum((one.work for one in phases), ModelWork()))
