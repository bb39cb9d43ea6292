"""One arm of a run as attacks are given it: what the server received, and from the run's disks what was true."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from torch import Tensor

from clients.device_store import DeviceStore, owner_of
from fedser.device import Life, World
from fedser.device.items import Items
from fedser.device.sharing import Sharing
from fedser.device.state import DeviceState
from fedser.model import Examples, FlatParameters, Regressor
from fedser.privacy.attacks import LeftPlace, ParameterLayout, Update
from fedser.privacy.attacks.membership import keeping_arm
from fedser.privacy.attacks.row_space import SentRound
from fedser.protocol import Arm
from fedser.seeding import generator
from simulations.privacy_studies.attacked import Attacked, SeenRound
from simulations.privacy_studies.lived_again import LivedAgain, PastRound
from simulations.privacy_studies.noisy_view import NoisyView
from simulations.privacy_studies.refusals import ruled_arms


@dataclass(frozen=True)
class ObservedArm:
    """An arm of a finished run, of all its seeds or of some; `noise` is what the observer sees updates through."""

    run: Attacked
    of: Arm
    seeds: range
    noise: NoisyView | None = None

    @property
    def arm(self) -> str:
        """How configurations write it."""
        return self.of.name

    @property
    def learning_rate(self) -> float:
        """That of the devices."""
        return self.run.config.training.learning_rate

    @cached_property
    def layout(self) -> ParameterLayout:
        """Where each layer that is shared lies in an update."""
        life = Life(self._worlds[self.seeds[0]], self.of)
        shared = life.sharing.shared_size
        return ParameterLayout(
            {k: v for k, v in ParameterLayout.of(life.parameters).places.items() if v[0] < shared}
        )

    def updates(self) -> list[Update]:
        """Return what the server received, of all rounds and seeds; a device of two seeds is two devices."""
        found = [
            update
            for seed, world in self._worlds.items()
            for received in self.run.received(seed, self.of)
            for update in self._in_round(world, received)
        ]
        return self.noise.of_updates(found) if self.noise else found

    def learnt_from(self, update: Update) -> Examples:
        """Return the utterances, with their labels as reported, that a device learnt from for an update.

        What it learnt in a round of which the server never heard is taken to belong to the next one.
        """
        seed, device = map(int, update.device.split("/"))
        earlier = [round for round in self._trained[seed].get(device, ()) if round < update.round]
        world = self._worlds[seed]
        return due(world, device, max(earlier, default=0), update.round).examples(world.training)

    def pasts(self) -> Iterator[LeftPlace]:
        """Yield the past of every device in every place that it had left before it last took part."""
        keeper = self._keeper
        if keeper is None:
            return
        for world in self._worlds.values():
            rounds = {received.round: received for received in self.run.received(world.seed, self.of)}
            life = Life(world, self.of)
            life.model.initialise(generator(world.seed, "membership", "untrained"))
            untrained = life.parameters.vector.clone()
            for device in range(self.run.config.devices.count):
                owner = owner_of(device, world.seed, keeper, world.identity)
                store = DeviceStore(self.run.store(device, world.seed, keeper), owner)
                state = store.before(self.run.config.rounds + 1)
                received = rounds.get(state.round)
                if received and device in received.updates:
                    for place, kept in state.memory.of_others(world.place(device, state.round)):
                        since = self._since(world, rounds, device, place, state.round)
                        yield self._left(life, [rounds[n] for n in since], device, place, kept, state, untrained)

    def _left(
        self,
        life: Life,
        since: Sequence[SeenRound],
        device: int,
        place: int,
        kept: Items,
        state: DeviceState,
        untrained: Tensor,
    ) -> LeftPlace:
        world, keeper = life.world, self._keeper or self.of
        heard, heard_in = heard_at(world, device, place, state.round)
        past = [self._began(world, seen, device, life.sharing, untrained) for seen in since]
        bound = self.run.config.privacy.device_clip
        again = LivedAgain(life, device, place, heard, state, past, bound, self.noise)
        return LeftPlace(
            speaker=self.run.owner(world, device, state.round)[0],
            examples=heard.examples(world.training),
            heard_in=heard_in,
            kept=_positions(kept, heard),
            kept_by=keeper.name,
            sent=[self._sent(life, seen, one, device, state) for seen, one in zip(since, past, strict=True)],
            untrained=untrained,
            again=again if LivedAgain.can_be(life, keeper) else None,
        )

    def _since(
        self, world: World, rounds: Mapping[int, SeenRound], device: int, place: int, last: int
    ) -> list[int]:
        """Return the rounds in which a device sent anything since it left a place, its `last` in any case."""
        found = []
        for number in range(last, 0, -1):
            if number < last and (place < 0 or world.place(device, number) == place):
                break
            if number in rounds and device in rounds[number].updates:
                found.append(number)
        return found[::-1]

    def _began(self, world: World, seen: SeenRound, device: int, sharing: Sharing, untrained: Tensor) -> PastRound:
        """Return what a device had at the beginning of a round; what is not shared, and unknown, is untrained."""
        earlier = [round for round in self._trained[world.seed].get(device, ()) if round < seen.round]
        new = due(world, device, max(earlier, default=0), seen.round)
        return PastRound(seen.round, sharing.merge(untrained, seen.before), new)

    def _sent(self, life: Life, seen: SeenRound, past: PastRound, device: int, state: DeviceState) -> SentRound:
        """Return what a device sent in a round, from where it set out, and from how many utterances it learnt."""
        origin = None
        if life.learning.strategy.restarts:
            life.model.initialise(generator(life.world.seed, "initial weights"))
            origin = life.parameters.vector.numpy().copy()
        here = life.world.place(device, seen.round)
        alone = life.learning.strategy.of_memory_alone
        new = len(state.memory.places.get(here, Items.none())) if alone else len(past.new)
        kept = sum(len(items) for _, items in state.memory.of_others(here))
        after = life.sharing.merge(past.received, self._seen(life.world.seed, seen, device))
        return SentRound(past.received.numpy(), after.numpy(), new + kept, origin)

    def most_spoken(self) -> Examples:
        """Return all that the speaker with the most utterances said in the first environment."""
        world = self._worlds[self.seeds[0]]
        names, spoken_by = np.unique(world.conditions[0].candidates.speaker, return_inverse=True)
        owned = np.flatnonzero(spoken_by == np.bincount(spoken_by, minlength=len(names)).argmax())
        return world.training[0].take(owned)

    def working_model(self) -> tuple[Regressor, FlatParameters]:
        """Return a model of one's own, at the parameters that the server sent last (arms that share all of it)."""
        first = self.seeds[0]
        life = Life(self._worlds[first], self.of)
        *_, last = self.run.received(first, self.of)
        life.parameters.restore(last.before)
        return life.model, life.parameters

    def _in_round(self, world: World, seen: SeenRound) -> Iterator[Update]:
        before = seen.before.numpy()
        for device, update in seen.updates.items():
            after = before + update.numpy()
            if not np.array_equal(after, before):
                speaker, gender = self.run.owner(world, device, seen.round)
                # A device under a guarantee tells no steps: they only scale the gradient.
                steps = seen.steps.get(device, 1)
                name = f"{world.seed}/{device}"
                yield Update(before, after, self.learning_rate, steps, name, seen.round, speaker, gender)

    def _seen(self, seed: int, seen: SeenRound, device: int) -> Tensor:
        """Return what a device returned (k,), as the observer sees it."""
        update = seen.updates[device]
        return seen.before + (self.noise(seed, seen.round, device, update) if self.noise else update)

    @cached_property
    def _keeper(self) -> Arm | None:
        """The arm whose memory its devices are asked about."""
        ruled = ruled_arms(self.run.config)
        found = keeping_arm(ruled[self.of], ruled.values())
        return next((arm for arm, full in ruled.items() if full == found), None)

    @cached_property
    def _worlds(self) -> dict[int, World]:
        return {seed: self.run.world(seed) for seed in self.seeds}

    @cached_property
    def _trained(self) -> dict[int, dict[int, list[int]]]:
        """The rounds in which each device trained, by seed."""
        found: dict[int, dict[int, list[int]]] = {seed: {} for seed in self.seeds}
        for seed, rounds in found.items():
            for received in self.run.received(seed, self.of):
                for device in received.trained:
                    rounds.setdefault(device, []).append(received.round)
        return found


def heard_at(
    world: World, device: int, place: int, until: int
) -> "tuple[Items, np.ndarray[tuple[int], np.dtype[np.int64]]]":
    """Return what a device heard in a place and could train on by a round, each once, and the round of each."""
    parts, rounds = [Items.none()], [np.zeros(0, np.int64)]
    for round in range(1, until + 1):
        if world.place(device, round) == place or place < 0:
            items, labelled_in = world.heard(device, round)
            usable = items.take((labelled_in >= 0) & (labelled_in <= until))
            parts.append(usable)
            rounds.append(np.full(len(usable), round, np.int64))
    together, when = Items.join(parts), np.concatenate(rounds)
    keys = list(zip(together.conditions.tolist(), together.positions.tolist(), strict=True))
    last = {key: k for k, key in enumerate(keys)}
    rows = np.array(sorted(last.values()), np.int64)
    return together.take(rows), when[rows]


def due(world: World, device: int, since: int, until: int) -> Items:
    """Return what a device heard, and whose labels came, after the round `since` and by the round `until`."""
    parts = []
    for round in range(1, until + 1):
        items, labelled_in = world.heard(device, round)
        came = np.maximum(labelled_in, round)
        parts.append(items.take((labelled_in >= 0) & (came > since) & (came <= until)))
    return Items.join(parts)


def _positions(kept: Items, heard: Items) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Return which of the utterances heard are kept, in the memory's order."""
    places = {key: k for k, key in enumerate(zip(heard.conditions, heard.positions, strict=True))}
    wanted = zip(kept.conditions, kept.positions, strict=True)
    return np.array([places[key] for key in wanted if key in places], dtype=np.int64)
