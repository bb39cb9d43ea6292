"""Experience replay (ExpeR in Tavernor et al. 2023; after Rolnick et al. 2019, arXiv 1811.11682)."""

from collections.abc import Sequence
from typing import ClassVar

from fedser.model import Examples
from fedser.strategies.strategy import Past, Strategy


class ExpeR(Strategy):
    """All memories are added to the training set, not to the validation set; then as finetuning."""

    name: ClassVar[str] = "exper"
    title: ClassVar[str] = "ExpeR"
    does: ClassVar[str] = "adds a small memory of each past environment to the new training data."
    past: ClassVar[Past] = "memory"

    def replayed(self, memories: Sequence[Examples]) -> Sequence[Examples]:
        """Return all memories."""
        return memories
