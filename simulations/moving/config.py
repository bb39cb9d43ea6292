"""The configuration of `fedser simulate`: one file, one experiment."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

import clients.rules  # noqa: F401  # Flower's strategies become known by their names
from fedser.acoustics import AcousticOptions, conditions
from fedser.acoustics.degradation import place_and_condition
from fedser.config import Experiment, Section
from fedser.corpora import check_options
from fedser.device import DeviceSettings
from fedser.device.memory import DeviceMemoryOptions
from fedser.device.settings import ReportOptions
from fedser.metrics import DEFAULT_METRICS, Scoreboard
from fedser.mobility import MobilityOptions, Ramp, StreamOptions
from fedser.mobility import check as check_mobility
from fedser.model import ModelOptions
from fedser.poisoning.options import AdversarySection
from fedser.privacy import DEFENCES, Defence, PrivacyOptions
from fedser.protocol import Arm
from fedser.protocol.arms import refuse_twice
from fedser.rules import RULES, Rule
from fedser.strategies import STRATEGIES
from fedser.training import AdaptationOptions, TrainingOptions
from simulations.moving.aggregation import AggregationSection, check_match, check_rule, check_steps
from simulations.moving.participation import ParticipationSection
from simulations.moving.pooled_checks import check_pooled, read_arm
from simulations.moving.privacy_checks import check_privacy
from simulations.moving.update_files import AuditSection
from simulations.sections import (
    FeatureSection,
    SpeechSection,
    TranscriptionSection,
    plain_name,
    refuse_alike,
)


class CorpusSection(SpeechSection):
    """[[corpora]]: speech that is heard in every environment; a corpus, its folder below --data, its options."""


class PlaceSection(Section):
    """[[environments]]: a place, and what it does to sound.

    What is said there are the [[corpora]], or a corpus of its own.
    """

    name: str = Field(min_length=1)
    """What it is called in tables and files."""
    acoustics: str | dict[str, Any] = "clean"
    """A preset, or a table of [acoustics]."""
    corpus: str | None = None
    """The loader of a corpus that is heard here alone; left out, all [[corpora]] are heard."""
    root: str | None = None
    """Its folder, below --data."""
    options: dict[str, Any] = Field({})
    """The loader's own options."""
    ramp: Ramp | None = None
    """Makes the place degrade: its SNR goes from one value to another over the rounds."""

    @field_validator("name")
    @classmethod
    def _plain(cls, name: str) -> str:
        if name in ("server", "all"):
            raise ValueError(f'"{name}" may not be "server" or "all", which files hold for other things')
        if place_and_condition(name)[1]:
            raise ValueError(f'"{name}" may not end in "@" and a number: the steps of a ramp are named so')
        return plain_name(name)


class DevicesSection(Section):
    """[devices]: how many, and whose."""

    count: int = Field(6, ge=1, le=100_000)
    """How many."""
    owner: Literal["speaker", "mixed"] = "speaker"
    """"speaker" gives each device one speaker, or a share of one where devices outnumber speakers; "mixed" deals
    all utterances out to the devices."""


class ServerSection(Section):
    """[server]: what the server knows before any device has learnt."""

    speakers: float = Field(0.3, ge=0, lt=1)
    """The share of training speakers that are the server's own corpus and nobody's owner; it trains its first
    model on them. With 0 it starts from random weights, from which few rounds of few utterances learn next to
    nothing."""
    acoustics: str | dict[str, Any] = "clean"
    """How the server's corpus sounds: a preset, or a table of [acoustics]."""
    learning_rate: float | None = Field(None, gt=0)
    """Of its first model; left out, that of [training]."""


class MovingConfig(Experiment):
    """Devices move between `environments` for some `rounds`, once per seed and arm (`mode:method-memory`)."""

    groups: ClassVar[tuple[str, ...]] = ("strategies", "rules", "mobility", "defences", "poisonings")

    seeds: int = Field(3, ge=1, le=10_000)
    """Runs of everything, from 0."""
    rounds: int = Field(10, ge=1, le=100_000)
    """Rounds of every run."""
    arms: list[str] = Field(min_length=1)
    """`mode:method-memory`, and `@rule` where it is not that of [aggregation]."""
    corpora: list[CorpusSection] = Field([])
    """Speech that is heard in every environment."""
    environments: list[PlaceSection] = Field(min_length=1)
    """Between which devices move."""
    rooms: Literal["one", "family"] = "one"
    """What an environment is: "one" room and noise for all, or a "family" (`fedser.acoustics.family`)."""
    features: FeatureSection = FeatureSection()
    """The encoders."""
    transcription: TranscriptionSection = TranscriptionSection()
    """Of utterances without a transcript."""
    devices: DevicesSection = DevicesSection()
    """How many, and whose."""
    server: ServerSection = ServerSection()
    """What it knows before any device has learnt."""
    mobility: MobilityOptions = MobilityOptions()
    """How devices move."""
    stream: StreamOptions = StreamOptions(per_round=8)
    """What an owner says, and what of it is rated."""
    adaptation: AdaptationOptions = AdaptationOptions(epochs=1)
    """How long a device trains in a round."""
    participation: ParticipationSection = ParticipationSection()
    """Who takes part in a round, and what may go wrong."""
    aggregation: AggregationSection = AggregationSection()
    """How the server makes one model of many."""
    privacy: PrivacyOptions = PrivacyOptions()
    """How updates are protected."""
    audit: AuditSection = AuditSection()
    """What is kept for attacks, and canaries."""
    adversary: AdversarySection = AdversarySection()
    """Devices that are hostile."""
    reports: ReportOptions = ReportOptions()
    """What a device tells beside its update."""
    metrics: list[str] = Field(list(DEFAULT_METRICS), min_length=1)
    """Computed for every target, by name."""
    memory: DeviceMemoryOptions = DeviceMemoryOptions()
    """What a device keeps."""
    model: ModelOptions = ModelOptions()
    """The regressor."""
    training: TrainingOptions = TrainingOptions()
    """How a model is trained."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        refuse_alike("environments", [place.name for place in self.environments])
        refuse_alike("corpora", [section.name for section in self.corpora])
        _refuse_speech_twice(self.corpora)
        for place in self.environments:
            if (place.corpus is None) == (not self.corpora):
                wants = "give it a corpus, or add [[corpora]]" if not self.corpora else "or leave out [[corpora]]"
                raise ValueError(f'environments: "{place.name}" has {_SPEECH[place.corpus is None]}; {wants}')
        self.mobility.refuse_other_kinds(self.extensions)
        self.adversary.refuse_other_kinds(self.extensions)
        Scoreboard.of(self.metrics)
        arms = self.parsed_arms()
        refuse_twice(arms)
        for arm in arms:
            if self.memory.identity == "unknown" and not arm.is_plain:
                raise ValueError(
                    f'memory: with identity = "unknown" a device keeps a reservoir, which is not sampled by '
                    f"{arm.memory}; leave out {arm.name}"
                )
        self._refuse_rules_alike(arms)
        return self

    def _refuse_rules_alike(self, arms: Sequence[Arm]) -> None:
        meant = [replace(arm, rule=self.rule_of(arm).name) if arm.shares else arm for arm in arms]
        for arm, other in zip(arms, meant, strict=True):
            if meant.count(other) > 1:
                why = f"[aggregation] rule is {self.aggregation.rule}"
                raise ValueError(f'arms: "{arm.name}" is given twice, once with its rule and once without: {why}')

    def used_extensions(self) -> dict[str, list[str]]:
        """Return the names of the extensions that this configuration uses, by group."""
        arms = self.parsed_arms()
        return {
            "strategies": list(dict.fromkeys(arm.method for arm in arms)),
            "rules": list(dict.fromkeys(arm.rule or self.aggregation.rule for arm in arms if arm.sends)),
            "mobility": [self.mobility.kind],
            "encoders": self.features.encoders(),
            "metrics": self.metrics,
            "corpora": [
                *(section.corpus for section in self.corpora),
                *(place.corpus for place in self.environments if place.corpus),
            ],
            "defences": self.privacy.defences,
            "poisonings": [self.adversary.kind] if self.adversary.share else [],
        }

    def parsed_arms(self) -> list[Arm]:
        """Return the arms in the order of the tables; raises ConfigError for an unknown one."""
        return [read_arm(text) for text in self.arms]

    def rule_of(self, arm: Arm) -> Rule:
        """Return the rule of an arm that shares, with its section."""
        name = arm.rule or self.aggregation.rule
        rule: Rule = self.section(name) or RULES[name]()
        return rule

    def further_defences(self) -> tuple[Defence, ...]:
        """Return the steps that [privacy] names, with their sections."""
        return tuple(self.section(name) or DEFENCES[name]() for name in self.privacy.defences)

    def without_network(self) -> Self:
        """Return it with every model taken from a local folder or the cache only."""
        return self.model_copy(
            update={
                "features": self.features.without_network(),
                "transcription": self.transcription.model_copy(update={"offline": True}),
            }
        )

    def check(self) -> None:
        """Check what only corpora, acoustics and mobility know, before any file is touched; raises ConfigError."""
        for section in self.corpora:
            check_options(section.corpus, section.options)
        for place in self.environments:
            if place.corpus:
                check_options(place.corpus, place.options)
            heard = AcousticOptions.parse(place.acoustics, f'environments "{place.name}" acoustics')
            if place.ramp:
                conditions(place.name, heard, place.ramp.snrs_db)
        AcousticOptions.parse(self.server.acoustics, "server.acoustics")
        names = [place.name for place in self.environments]
        check_mobility(self.mobility, self.mobility.chosen(self.extensions), names)
        part = self.participation
        weights = self.aggregation.weights
        check_privacy(self.privacy, self.devices.count, weights, part)
        self.adversary.check(
            self.devices.count, [arm.name for arm in self.parsed_arms() if _rehearses_nothing(arm)]
        )
        check_match(self.training, self.adaptation, self.parsed_arms())
        for arm in self.parsed_arms():
            if arm.pooled:
                check_pooled(arm, self.privacy, self.adaptation)
            elif arm.shares:
                check_rule(self.rule_of(arm), self.privacy, part.most(self.devices.count), arm.name)
                check_steps(self.rule_of(arm), self.adaptation, arm, self.rounds)

    def device_settings(self) -> DeviceSettings:
        """Return what devices see of it."""
        conditions, start = [], 0
        for place in self.environments:
            steps = place.ramp.steps if place.ramp else 1
            conditions.append(list(range(start, start + steps)))
            start += steps
        shared = (
            "mobility",
            "stream",
            "adaptation",
            "memory",
            "reports",
            "metrics",
            "model",
            "training",
            "adversary",
        )
        return DeviceSettings(
            environments=[place.name for place in self.environments],
            conditions=conditions,
            ramps={place.name: place.ramp for place in self.environments if place.ramp},
            devices=self.devices.count,
            rounds=self.rounds,
            owner=self.devices.owner,
            rule=self.aggregation.rule,
            redraws=self.rooms == "family",
            plugins=self.plugins,
            defences={step.name: step.model_dump() for step in self.further_defences()},
            least_participants=self.privacy.least_participants,
            active_server=self.privacy.active_server,
            **{name: getattr(self, name) for name in shared},
            **{name: section for name, section in self.extensions.items() if name not in DEFENCES},
        )


def _rehearses_nothing(arm: Arm) -> bool:
    """Return whether devices that share learn nothing from a memory beside what they hear."""
    method = STRATEGIES[arm.method]
    return arm.sends and (method.past != "memory" or method.of_memory_alone)


def _refuse_speech_twice(corpora: Sequence[CorpusSection]) -> None:
    """Raise ValueError where the same speech stands under two names: its speakers would be two of each."""
    for k, section in enumerate(corpora):
        for other in corpora[:k]:
            if (section.corpus, section.root, section.options) == (other.corpus, other.root, other.options):
                raise ValueError(
                    f'corpora: "{other.name}" and "{section.name}" are the same speech; leave out one of them'
                )


_SPEECH = {True: "no corpus, and there are no [[corpora]]", False: "a corpus of its own beside [[corpora]]"}
