"""The configuration of `fedser paper`: one file, one experiment."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from fedser.config import Experiment
from fedser.corpora import check_options
from fedser.metrics import DEFAULT_METRICS, Scoreboard
from fedser.model import ModelOptions
from fedser.protocol import Arm
from fedser.protocol.arms import check_capacity, refuse_twice
from fedser.protocol.equal_memory import SequentialMemoryOptions
from fedser.strategies import STRATEGIES, Strategy
from fedser.training import TrainingOptions, UpdateOptions
from simulations.sections import EnvironmentSection, FeatureSection, Splits, TranscriptionSection, refuse_alike

PAPER_ARMS = [
    "finetuning",
    *(f"{method}-{memory}" for method in ("exper", "gem") for memory in ("random", "length", "gender", "speaker")),
]
"""The nine arms of Tables 2 and 3."""


class LearntEnvironment(EnvironmentSection):
    """[[environments]] of one device, in the order in which it meets them."""

    labels: Literal["ratings", "none"] = "ratings"
    """With "none" its training speech is heard and no label read."""


class PaperConfig(Experiment):
    """One device meets `environments` in order, once per seed and arm."""

    groups: ClassVar[tuple[str, ...]] = ("strategies",)

    seeds: int = Field(5, ge=1, le=10_000)
    """Runs of everything, from 0."""
    splits: Splits = "per-seed"
    """Whether each seed divides the speakers of corpora without published splits anew; "fixed": all alike."""
    arms: list[str] = Field([*PAPER_ARMS, "joint"], min_length=1)
    """`method-memory`: a method, and what chooses its memory; `joint` is the reference."""
    environments: list[LearntEnvironment] = Field(min_length=1)
    """In the order in which the device meets them."""
    features: FeatureSection = FeatureSection()
    """The encoders."""
    transcription: TranscriptionSection = TranscriptionSection()
    """Of utterances without a transcript."""
    model: ModelOptions = ModelOptions()
    """The regressor."""
    training: TrainingOptions = TrainingOptions()
    """How a model is trained."""
    memory: SequentialMemoryOptions = SequentialMemoryOptions()
    """What a device keeps."""
    updates: UpdateOptions = UpdateOptions()
    """Environments that arrive bit by bit."""
    metrics: list[str] = Field(list(DEFAULT_METRICS), min_length=1)
    """Computed for every target, by name."""

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        Scoreboard.of(self.metrics)
        refuse_alike("environments", [environment.name for environment in self.environments])
        refuse_twice(self.parsed_arms())
        self._refuse_unlearnable()
        for arm in self.parsed_arms():
            check_capacity(arm, self.memory.capacity)
        return self

    def _refuse_unlearnable(self) -> None:
        """Raise ValueError where there are no labels for what cannot do without."""
        unrated = [environment.name for environment in self.environments if environment.labels == "none"]
        if self.environments[0].labels == "none":
            raise ValueError(
                f'environments: "{unrated[0]}" is the first and needs labels; leave out labels = "none" there'
            )
        for arm in self.parsed_arms() if unrated else ():
            if STRATEGIES[arm.method].of_memory_alone:
                raise ValueError(
                    f'arms: "{arm.name}" learns from its memory alone, and "{unrated[0]}" has no labels to keep; '
                    "leave out the arm"
                )

    def without_network(self) -> Self:
        """Return it with every model taken from a local folder or the cache only."""
        return self.model_copy(
            update={
                "features": self.features.without_network(),
                "transcription": self.transcription.model_copy(update={"offline": True}),
            }
        )

    def parsed_arms(self) -> list[Arm]:
        """Return the arms in the order of the tables; raises ConfigError for an unknown one."""
        return [Arm.parse(text) for text in self.arms]

    def strategies(self) -> dict[str, Strategy]:
        """Return the methods of the arms with their sections, by name."""
        return {name: self.section(name) or STRATEGIES[name]() for name in self.used_extensions()["strategies"]}

    def used_extensions(self) -> dict[str, list[str]]:
        """Return the names of the extensions that this configuration uses, by group."""
        return {
            "strategies": list(dict.fromkeys(arm.method for arm in self.parsed_arms())),
            "encoders": self.features.encoders(),
            "metrics": self.metrics,
            "corpora": [environment.corpus for environment in self.environments],
        }

    def check(self) -> None:
        """Check what only the corpora know, before any file is touched; raises ConfigError."""
        for environment in self.environments:
            check_options(environment.corpus, environment.options)
