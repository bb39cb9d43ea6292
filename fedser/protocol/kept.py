"""What a device keeps of an environment it has left, and how well a model knows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fedser.memory import EpisodicMemory
from fedser.metrics import Scoreboard
from fedser.model import ModelWork, Regressor
from fedser.protocol.environment import EnvironmentData
from fedser.training import Examples, predict, score


@dataclass(frozen=True)
class Kept:
    """A memory, and its utterances with what the strategy wants kept of them."""

    memory: EpisodicMemory
    examples: Examples
    environment: EnvironmentData
    when_left: Mapping[str, float] = field(default_factory=dict)
    """The scores, by `target/metric`, on the memory's utterances of the model that left the environment."""
    storing: ModelWork = field(default_factory=ModelWork)
    """What the model did to say what is kept beside the utterances."""

    def scores(self, model: Regressor, board: Scoreboard) -> dict[str, float]:
        """Return a model's scores on the utterances kept; far above those on the test split: overfitted."""
        labels = self.environment.labels["train"][self.memory.positions]
        values = score(predict(model, self.examples), labels, board)
        return {f"{target}/{metric}": value for (target, metric), value in values.items()}

    def listed(self, model: Regressor, board: Scoreboard) -> dict[str, Any]:
        """Return it for the record, as utterance ids, with the model's scores on them."""
        ids = self.environment.utterances["train"]
        return {
            "environment": self.memory.environment,
            "utterances": [ids[position] for position in self.memory.positions],
            "shortfalls": list(self.memory.shortfalls),
            "scores_when_left": dict(self.when_left),
            "scores": self.scores(model, board),
        }
