"""All that a device remembers: one episodic memory for each place, or one reservoir where places have no names.

While the device is in a place, its ring buffer is being filled; when it leaves, what the ring holds is the
place's memory; when it returns, the ring goes on from there. So there is never a second memory of one place.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from fedser.device.items import Items
from fedser.memory import Candidates, MemoryOptions, remember
from fedser.memory.episodic import MemoryKind
from fedser.memory.quotas import share_equally

ANYWHERE = -1
"""The place of everything where the device does not know where it is."""

Sampler = Callable[[int], np.random.Generator]
"""Place → the random stream of this round for it."""


class DeviceMemoryOptions(MemoryOptions):
    """Section [memory] of moving devices; `capacity` is per place, as on one device."""

    bytes: int | None = Field(None, ge=1, le=2**40)
    """A budget over all memories of a device together, shared out equally among its places; none by default."""
    identity: Literal["known", "unknown"] = "known"
    """Whether a device knows where it is; if not, it keeps one reservoir of `capacity` utterances (Vitter 1985,
    algorithm R)."""


@dataclass(frozen=True)
class DeviceMemory:
    """The utterances kept by place, in the order of the first visit, the one seen longest ago first."""

    places: Mapping[int, Items] = field(default_factory=dict)
    drawn: int = 0
    """How many utterances the reservoir has been offered."""

    def __len__(self) -> int:
        return sum(len(items) for items in self.places.values())

    def of_others(self, here: int) -> list[tuple[int, Items]]:
        """Return the memories a strategy may use in the place `here`: those of all others, and the reservoir."""
        return [(place, items) for place, items in self.places.items() if place != here and len(items)]

    def after_training(
        self, seen: Items, place_of: NDArray[np.int64], options: DeviceMemoryOptions, sampler: Sampler
    ) -> "DeviceMemory":
        """Return the memory after training saw these utterances (the latest last), heard at `place_of` (n,)."""
        if options.identity == "unknown":
            return self._with_reservoir(seen, options.capacity, sampler(ANYWHERE))
        places = dict(self.places)
        for place in dict.fromkeys(place_of.tolist()):
            now = Items.join([places.get(place, Items.none()), seen.take(place_of == place)])
            places[place] = now.last_distinct()
        return DeviceMemory(places, self.drawn)

    def leaving(
        self,
        here: int,
        kind: MemoryKind,
        options: DeviceMemoryOptions,
        candidates: Callable[[Items], Candidates],
        sampler: Sampler,
        names: Sequence[str],
    ) -> "DeviceMemory":
        """Return the memory with every place cut to its capacity, but for a sampled one's place `here`.

        A ring of the last utterances is cut at once. A memory sampled by length, gender or speaker chooses
        among all that was heard in the stay, so it is cut when the device leaves. `names` are those of the places.
        """
        places = dict(self.places)
        for place, items in places.items():
            if len(items) <= options.capacity or place == ANYWHERE:
                continue
            if kind == "random":
                places[place] = items.take(np.arange(len(items) - options.capacity, len(items)))
            elif place != here:
                # In the corpus' order, so that the draw does not depend on when an utterance was last seen.
                items = items.take(np.lexsort((items.positions, items.conditions)))
                chosen = remember(
                    names[place], kind, np.zeros(0, np.int64), candidates(items), options, sampler(place)
                )
                places[place] = items.take(chosen.positions)
        return DeviceMemory(places, self.drawn)

    def within(self, budget: int | None) -> "DeviceMemory":
        """Return what fits into a budget of utterances over all places; the oldest of the largest go first."""
        if budget is None or len(self) <= budget:
            return self
        sizes = [len(items) for items in self.places.values()]
        counts = share_equally(budget, sizes)
        cut = {
            place: items.take(np.arange(len(items) - count, len(items)))
            for (place, items), count in zip(self.places.items(), counts, strict=True)
        }
        return DeviceMemory(cut, self.drawn)

    def _with_reservoir(self, seen: Items, capacity: int, stream: np.random.Generator) -> "DeviceMemory":
        kept = self.places.get(ANYWHERE, Items.none())
        rows: list[int] = list(range(len(kept)))
        offered = Items.join([kept, seen])
        drawn = self.drawn
        for row in range(len(kept), len(offered)):
            drawn += 1
            if len(rows) < capacity:
                rows.append(row)
            elif (slot := int(stream.integers(drawn))) < capacity:
                rows[slot] = row
        return DeviceMemory({ANYWHERE: offered.take(np.asarray(rows, np.int64))}, drawn)
