"""GDumb (Prabhu, Torr, Dokania 2020, ECCV): keep a memory, and train on nothing else, from scratch."""

from collections.abc import Sequence
from typing import ClassVar

from fedser.model import Examples
from fedser.strategies.strategy import Past, Strategy


class GDumb(Strategy):
    """From the initial weights on the memories alone; of the present environment, too, only what is kept of it.

    The paper fills its memory greedily, equally over classes. Ratings have none, so the balance is that of the
    kind of memory: length, gender and speaker are equal over nine bins of activation × valence, random is not
    balanced. A model that starts anew has learnt nothing from others: in a federation its rounds do not add up.
    `fedser paper` gives it the first model that all arms share.
    """

    name: ClassVar[str] = "gdumb"
    title: ClassVar[str] = "GDumb"
    does: ClassVar[str] = "is trained from scratch on the memories alone: a method should do better."
    past: ClassVar[Past] = "memory"
    restarts: ClassVar[bool] = True
    of_memory_alone: ClassVar[bool] = True

    def replayed(self, memories: Sequence[Examples]) -> Sequence[Examples]:
        """Return all memories."""
        return memories
