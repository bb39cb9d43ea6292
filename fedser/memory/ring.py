"""The ring buffer: the last n distinct utterances seen in training."""

from collections.abc import Iterable
from itertools import islice

import numpy as np
from numpy.typing import NDArray


class RingBuffer:
    """Keeps the positions seen last, each once; the paper's *random* memory, since batches are shuffled.

    It is reset for every environment by making a new one.
    """

    def __init__(self, capacity: int, positions: Iterable[int] = ()) -> None:
        if capacity < 1:
            raise ValueError(f"a ring buffer needs a capacity of at least 1, got {capacity}")
        self.capacity = capacity
        self._seen: dict[int, None] = {}
        self.see(positions)

    def __len__(self) -> int:
        return len(self._seen)

    def see(self, positions: Iterable[int]) -> None:
        """Take note of positions in the order in which they are trained on."""
        seen = self._seen
        for position in positions:
            seen.pop(position, None)
            seen[position] = None
        for oldest in list(islice(seen, max(0, len(seen) - self.capacity))):
            del seen[oldest]

    def positions(self) -> NDArray[np.int64]:
        """Return the positions kept, (n,), the one seen longest ago first."""
        return np.fromiter(self._seen, dtype=np.int64, count=len(self._seen))
