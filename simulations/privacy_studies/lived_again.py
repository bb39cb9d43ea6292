"""A device's round lived once more with another memory of a place it has left: the adversary's shadow models."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fedser.device import DeviceState, Life
from fedser.device.items import Items
from fedser.device.learning import DeviceLearning
from fedser.device.memory import DeviceMemory
from fedser.privacy.clipping import clip
from fedser.protocol import Arm
from fedser.rules import RuleState
from simulations.privacy_studies.noisy_view import NoisyView


@dataclass(frozen=True)
class PastRound:
    """What a round began with: the model (p,) that the device had once it was sent its part, and what was new."""

    number: int
    received: Tensor
    new: Items


@dataclass(frozen=True)
class LivedAgain:
    """The rounds of a device since it left `place`, whose memory may be chosen anew among what it `heard` there.

    What it kept of other places and its strategy's state are as the device's last `state` has them. Updates are
    clipped to `bound`, if above 0, and seen through `noise`. `apart`: names the streams that chance is drawn from.
    """

    life: Life
    device: int
    place: int
    heard: Items
    state: DeviceState
    rounds: Sequence[PastRound]
    bound: float = 0.0
    noise: NoisyView | None = None
    apart: tuple[str | int, ...] = ("lived again",)

    @classmethod
    def can_be(cls, life: Life, keeper: Arm) -> bool:
        """Return whether rounds can be lived again from what is known, with the memory that `keeper` keeps.

        Not where a rule sends something beside the model, nor with a strategy's state that is another arm's.
        """
        rule, strategy = life.settings.rule_of(life.arm), life.learning.strategy
        alone = rule is None or not rule.beside_down(RuleState(), life.sharing.shared_size)
        return alone and (keeper == life.arm or not strategy.follows_one_model() or strategy.keeps_outputs)

    def __call__(self, k: int, kept: NDArray[np.int64], trial: int) -> NDArray[np.float32]:
        """Return the model (p,) as the adversary would have seen it (`fedser.privacy.attacks.observed.Again`)."""
        past, life = self.rounds[k], self.life
        streams = (*self.apart, self.place, trial) if self.apart else ()
        learning = DeviceLearning(life.world, life.arm, life.model, life.parameters, life.sharing, streams)
        life.parameters.restore(past.received)
        memory = self._memory(learning, kept)
        own, others = past.new, memory
        if learning.strategy.of_memory_alone:
            own = Items.join([past.new, *(items for _, items in memory.of_others(self._here(past)))])
            others = DeviceMemory()
        state = replace(self.state, learning_in=learning.place(self.device, past.number))
        learning.learn(state, own.examples(life.world.training), others, self.device, past.number)
        return self._seen(past, life.parameters.vector.clone(), trial)

    def _here(self, past: PastRound) -> int:
        return self.life.world.place(self.device, past.number)

    def _memory(self, learning: DeviceLearning, kept: NDArray[np.int64]) -> DeviceMemory:
        """Return the device's memories with other utterances of the place, as the model now would store them."""
        chosen = learning.stored(self.heard.take(kept))
        places = {
            place: chosen if place == self.place else items for place, items in self.state.memory.places.items()
        }
        return DeviceMemory(places, self.state.memory.drawn)

    def _seen(self, past: PastRound, after: Tensor, trial: int) -> NDArray[np.float32]:
        """Return a model (p,) of which the shared part is as the adversary sees it."""
        part = self.life.sharing.part
        update = (after - past.received)[part].numpy()
        if self.bound:
            update = clip(update, self.bound)[0]
        seen = torch.from_numpy(update)
        if self.noise:
            seen = self.noise(self.life.world.seed, past.number, self.device, seen, trial)
        after[part] = past.received[part] + seen
        found: NDArray[np.float32] = after.numpy()
        return found
