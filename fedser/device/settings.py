"""What a device must know to live: the options it shares with all others of its federation."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from fedser.config import Experiment, Section
from fedser.device.memory import DeviceMemoryOptions
from fedser.metrics import DEFAULT_METRICS, Scoreboard
from fedser.mobility import Mobility, MobilityOptions, Ramp, StreamOptions
from fedser.model import ModelOptions
from fedser.poisoning import Poisoning
from fedser.poisoning.options import AdversarySection
from fedser.protocol import Arm
from fedser.rules import RULES, Rule
from fedser.strategies import STRATEGIES, Strategy
from fedser.training import AdaptationOptions, TrainingOptions


class ReportOptions(Section):
    """Section [reports]: what a device tells beside its update."""

    min_pooled: int = Field(8, ge=2, le=1_000_000)
    """A device speaks of its own speech only in statistics over at least so many utterances; until then it keeps
    them for later rounds."""
    evaluate_every: int = Field(1, ge=1, le=1_000_000)
    """In which rounds the personal model is scored on the held-out speakers: every k-th and the last."""
    visits: int = Field(1_000, ge=1, le=100_000)
    """Of so many devices, evenly spaced by number, visits.csv tells every round; of others, where there are more,
    those in which an arm asked them."""


class DeviceSettings(Experiment):
    """The part of an experiment that devices see; the server writes it beside the data."""

    groups: ClassVar[tuple[str, ...]] = ("strategies", "rules", "mobility", "poisonings")

    environments: list[str] = Field(min_length=1)
    conditions: list[list[int]]
    """For each environment the conditions it goes through, as folders of the data; one if it never changes."""
    ramps: dict[str, Ramp] = Field({})
    devices: int = Field(ge=1, le=100_000)
    rounds: int = Field(ge=1, le=100_000)
    owner: Literal["speaker", "mixed"] = "speaker"
    mobility: MobilityOptions
    stream: StreamOptions
    adaptation: AdaptationOptions
    memory: DeviceMemoryOptions
    reports: ReportOptions
    adversary: AdversarySection = AdversarySection()
    metrics: list[str] = Field(list(DEFAULT_METRICS))
    model: ModelOptions
    training: TrainingOptions
    least_participants: int = Field(2, ge=2, le=100_000)
    """The fewest devices whose secure sum a device adds to."""
    active_server: bool = False
    """Whether devices sign for a secure sum, and ask for the signatures of the others."""
    redraws: bool = False
    """Whether every seed has data of its own, heard in rooms of its own."""
    data_digest: str = ""
    """Of the data that lie beside these settings: it tells them from others that lay in the same folder before."""
    defences: dict[str, dict[str, Any]] = Field({})
    """The further steps of an update that [privacy] names, in order, with their options."""
    rule: str = ""
    """The rule of aggregation of arms that name none; "" for none, where nothing is aggregated."""

    def strategy(self, method: str) -> Strategy:
        """Return a method with its section, or with its defaults where it has none."""
        strategy: Strategy = self.section(method) or STRATEGIES[method]()
        return strategy

    def mobility_kind(self) -> Mobility:
        """Return how devices move, with its section."""
        return self.mobility.chosen(self.extensions)

    def rule_of(self, arm: Arm) -> Rule | None:
        """Return the rule of an arm with its section, None where nothing is aggregated."""
        name = (arm.rule or self.rule) if arm.shares else ""
        if not name:
            return None
        rule: Rule = self.section(name) or RULES[name]()
        return rule

    @property
    def last_shared(self) -> int:
        """The last round in which mode federated-ft shares."""
        return self.rounds - self.adaptation.finetuned_rounds

    def poisoning(self) -> Poisoning | None:
        """Return what hostile devices do, with its section; None where nobody is hostile."""
        return self.adversary.chosen(self.extensions)

    @property
    def scoreboard(self) -> Scoreboard:
        """The metrics by which models are scored."""
        return Scoreboard(tuple(self.metrics))

    def scored_in(self, round: int) -> bool:
        """Return whether personal models are scored in a round."""
        return round % self.reports.evaluate_every == 0 or round == self.rounds
