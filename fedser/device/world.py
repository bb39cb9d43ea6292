"""The world around the devices: who owns them, where they are carried, and what is said there."""

import hashlib
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fedser.device.items import Items
from fedser.device.settings import DeviceSettings
from fedser.errors import ConfigError
from fedser.memory import Candidates
from fedser.mobility import Itinerary, Stream, plan, share_out
from fedser.poisoning import Poisoning
from fedser.protocol import EnvironmentData
from fedser.seeding import generator
from fedser.training import Examples

SETTINGS = "settings.json"


class World:
    """Everything that happens to the devices of one seed; the same for all arms, and without a memory of its own.

    `conditions` are the environments as heard, those of a degrading one at each step of its ramp; `root` is the
    folder of files that its mobility needs, such as a recorded trace; `identity` tells the data it was read from
    from all others, "" where it was read from none.
    """

    def __init__(
        self,
        settings: DeviceSettings,
        conditions: Sequence[EnvironmentData],
        seed: int,
        root: Path | None = None,
        identity: str = "",
    ) -> None:
        self.settings, self.conditions, self.seed, self._root = settings, conditions, seed, root
        self.identity = identity
        self.training = [condition.examples["train"] for condition in conditions]
        self._streams: dict[tuple[int, int], Stream] = {}
        self.hostile = frozenset(settings.adversary.hostile(settings.devices, seed))
        self._poisoning = settings.poisoning()

    @classmethod
    def read(cls, data: Path, seed: int) -> "World":
        """Return the world of a seed from a data folder; the same data are mapped once in a process."""
        identity = data_identity(data)
        settings, conditions = _data(data, identity, seed)
        return cls(settings, conditions, seed, data, identity)

    @cached_property
    def itinerary(self) -> Itinerary:
        """Where each device is in each round, and whether it can be reached."""
        s = self.settings
        if self._root is not None and (planned := Itinerary.read(self._root / f"itinerary-{self.seed}")):
            return planned
        kind = s.mobility_kind()
        return plan(s.mobility, kind, s.environments, s.devices, s.rounds, self.seed, self._root)

    def write_itinerary(self) -> None:
        """Write the plan beside the data: whoever reads the world then has it, and nobody plans again."""
        if self._root is not None:
            self.itinerary.write(self._root / f"itinerary-{self.seed}")

    def place(self, device: int, round: int) -> int:
        """Return the environment a device is in."""
        return int(self.itinerary.places[device, round - 1])

    def condition(self, environment: int, round: int) -> int:
        """Return what an environment is like in a round: the index of its condition."""
        steps = self.settings.conditions[environment]
        ramp = self.settings.ramps.get(self.settings.environments[environment])
        return steps[ramp.condition(round) if ramp else 0]

    def heard(self, device: int, round: int) -> tuple[Items, NDArray[np.int64]]:
        """Return what a device hears in a round, and the rounds (n,) in which the labels arrive; −1 never."""
        place = self.place(device, round)
        if self.settings.stream.per_round is None and not self._arrives(device, round):
            return Items.none(), np.zeros(0, np.int64)
        spoken = self._stream(place, device).spoken(round)
        condition, noise = self.condition(place, round), spoken.label_noise
        if self.settings.stream.label_offset or self.settings.stream.label_scale:
            labels = self.conditions[condition].labels["train"][spoken.positions]
            noise = noise + self._stream(place, device).reported(labels)
        items = Items.heard(condition, spoken.positions, noise)
        return items, spoken.labelled_in

    def counts(self, device: int, round: int) -> tuple[int, int]:
        """Return how many utterances a device hears in a round, and how many of them are ever labelled."""
        place = self.place(device, round)
        if self.settings.stream.per_round is None and not self._arrives(device, round):
            return 0, 0
        return self._stream(place, device).counts(round)

    def heard_since(
        self, device: int, last: int, round: int
    ) -> tuple[Items, NDArray[np.int64], NDArray[np.int64]]:
        """Return what a device takes in that was in round `last` and is again: at most the latest `backlog`.

        In the order in which it was said, with the rounds (n,) in which labels arrive and the places (n,).
        """
        bound = self.settings.stream.backlog
        parts, labelled, places, count = [Items.none()], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], 0
        for past in reversed(self._speaking_rounds(device, last + 1, round)):
            if bound is not None and count >= bound:
                break
            items, labelled_in = self.heard(device, past)
            parts.append(items)
            labelled.append(labelled_in)
            places.append(np.full(len(items), self.place(device, past), np.int64))
            count += len(items)
        said = Items.join(parts[::-1]), np.concatenate(labelled[::-1]), np.concatenate(places[::-1])
        if bound is None or count <= bound:
            return said
        latest = np.arange(count - bound, count)
        return said[0].take(latest), said[1][latest], said[2][latest]

    def heard_by(self, device: int, round: int) -> int:
        """Return how many utterances a device can have heard up to a round, at most."""
        per_round = self.settings.stream.per_round
        if per_round is not None:
            return per_round * round
        arrivals = self._speaking_rounds(device, 1, round)
        return sum(len(self.owned(self.place(device, past))[device]) for past in arrivals)

    def poisoning_of(self, device: int) -> Poisoning | None:
        """Return what a device does in place of what it should; None for an honest one."""
        return self._poisoning if device in self.hostile else None

    def candidates(self, items: Items) -> Candidates:
        """Return what a sampled memory may look at of some utterances: the labels as their owner reported them."""
        parts = [self.conditions[k].candidates for k in range(len(self.conditions))]

        def column(name: str) -> NDArray[np.generic]:
            pairs = zip(items.conditions.tolist(), items.positions.tolist(), strict=True)
            return np.asarray([getattr(parts[k], name)[position] for k, position in pairs])

        def reported(target: int, name: str) -> NDArray[np.float64]:
            labels: NDArray[np.float64] = np.clip(
                column(name).astype(np.float64) + items.noise[:, target], -1.0, 1.0
            )
            return labels

        others = (column(n) for n in ("duration_s", "gender", "speaker"))
        return Candidates(reported(0, "activation"), reported(1, "valence"), *others)  # type: ignore[arg-type]

    def held_out(self, environment: int, round: int) -> tuple[Examples, NDArray[np.float64]]:
        """Return the test split of an environment as it is in a round, and its labels (n, 2) in float64."""
        data = self.conditions[self.condition(environment, round)]
        return data.examples["test"], data.labels["test"]

    def validation(self, environment: int, round: int) -> Examples:
        """Return the validation split of an environment as it is in a round."""
        return self.conditions[self.condition(environment, round)].examples["validation"]

    def check(self) -> None:
        """Raise ConfigError now, not in every device, for more devices than speech, or an itinerary that fails."""
        _ = self._owned, self.itinerary

    def owned(self, environment: int) -> list[NDArray[np.int64]]:
        """Return for each device its owner's rows of the training split.

        Raises ConfigError for more devices than there is speech for.
        """
        return self._owned[environment]

    @cached_property
    def _owned(self) -> list[list[NDArray[np.int64]]]:
        s, shares = self.settings, []
        for steps in s.conditions:
            speakers = self.conditions[steps[0]].candidates.speaker
            if s.owner == "speaker":
                shares.append(share_out(speakers, s.devices, self.seed))
            else:
                if 2 * s.devices > len(speakers):
                    raise ConfigError(
                        f"more devices than data: devices = {s.devices}, but {len(speakers)} utterances make "
                        f"{len(speakers) // 2} owners at 2 each; take fewer devices or add a corpus"
                    )
                order = generator(self.seed, "owners").permutation(len(speakers))
                shares.append([np.sort(order[d :: s.devices]) for d in range(s.devices)])
        return shares

    def _stream(self, environment: int, device: int) -> Stream:
        key = environment, device
        if key not in self._streams:
            owned = self.owned(environment)[device]
            self._streams[key] = Stream(self.settings.stream, owned, device, self.seed)
        return self._streams[key]

    def _speaking_rounds(self, device: int, first: int, last: int) -> Sequence[int]:
        """Return the rounds from `first` to `last` in which the owner speaks, ascending."""
        rounds = range(first, last + 1)
        if self.settings.stream.per_round is not None:
            return rounds
        begin = [1] if first == 1 else []
        moved = np.flatnonzero(np.diff(self.itinerary.places[device, max(first - 2, 0) : last]))
        return [*begin, *(moved + max(first, 2)).tolist()]

    def _arrives(self, device: int, round: int) -> bool:
        return round == 1 or self.place(device, round) != self.place(device, round - 1)


def data_identity(folder: Path) -> str:
    """Return what tells the data in a folder from others that lay there before: a digest of all that is in it."""
    return hashlib.blake2b((folder / SETTINGS).read_bytes(), digest_size=16).hexdigest()


def forget_data() -> None:
    """Let go of the data that this process has mapped."""
    _settings.cache_clear()
    _conditions.cache_clear()


def conditions_of(data: Path, seed: int, redraws: bool) -> Path:
    """Return the folder that holds the conditions of a seed: its own, or that of all seeds."""
    return data / f"seed-{seed}" if redraws else data


def _data(folder: Path, identity: str, seed: int) -> tuple[DeviceSettings, list[EnvironmentData]]:
    settings = _settings(folder, identity)
    count = 1 + max(max(steps) for steps in settings.conditions)
    return settings, _conditions(conditions_of(folder, seed, settings.redraws), identity, count)


@lru_cache(maxsize=2)
def _settings(folder: Path, identity: str) -> DeviceSettings:
    return DeviceSettings.model_validate_json((folder / SETTINGS).read_text(encoding="utf-8"))


@lru_cache(maxsize=2)
def _conditions(folder: Path, identity: str, count: int) -> list[EnvironmentData]:
    return [EnvironmentData.read(folder / str(k)) for k in range(count)]
