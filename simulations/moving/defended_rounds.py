"""What becomes of the updates of one arm of one seed between devices and the rule of aggregation.

Orders carry the round's terms down; what comes back goes through the steps of the round in reverse. Without
[privacy] the list of steps is empty, and the rule is given the models as they came. Under it a round is charged
for the devices that were asked, whether or not they replied, and before their sum is formed. A round of devices
drawn in secret is released even if nobody was drawn: its absence would tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from flwr.app import ConfigRecord, RecordDict
from numpy.typing import NDArray
from torch import Tensor

from clients.contributions import refuse_unfit, unpack
from clients.parameters import read_only
from clients.payload import Report
from clients.sending import SendingTerms
from fedser.device import World
from fedser.privacy import (
    Contribution,
    PrivacyOptions,
    Protection,
    RoundTerms,
    SecureAggregationError,
    Steps,
    Total,
    weight,
)
from fedser.protocol import Arm
from fedser.rules import DeviceUpdate, RoundUpdates
from simulations.moving.config import MovingConfig
from simulations.moving.guarantee import facts_of
from simulations.moving.replies import of_this_app
from simulations.moving.round import Round
from simulations.moving.secure_sum import Send, secure_sum

AGGREGATED, NO_QUORUM, SUM_FAILED, BUDGET_SPENT = "aggregated", "no-quorum", "secure-sum-failed", "budget-spent"
EVERYBODY = -1
"""In place of a device: the average of all, where that is all that the server sees."""


@dataclass(frozen=True)
class Combined:
    """What became of a round: what the rule is given, None where the old model stays, and what to record."""

    updates: RoundUpdates | None
    note: dict[str, Any]


class DefendedRounds:
    """Holds the budget and the clip, and the terms and steps of the round that goes on."""

    def __init__(self, config: MovingConfig, world: World, arm: Arm, size: int, ledger: Path) -> None:
        """`size` is k, the length of an update; 0 in an arm that shares nothing, of which nothing is asked."""
        self._options = config.privacy if arm.shares else PrivacyOptions()
        self._part = config.participation
        self._quiet, self._weights = config.privacy.private, config.aggregation.weights
        self._averages = arm.shares and config.rule_of(arm).of_average
        further = config.further_defences() if arm.shares else ()
        self._guard = Protection(
            self._options, facts_of(config, world, size), world.seed, arm.folder, ledger, further
        )
        self._terms: RoundTerms | None = None
        self._steps = Steps()
        self._origin: NDArray[np.float32] = np.zeros(0, np.float32)
        self._cohort: Sequence[int] = ()
        self._rate: float | None = None
        self._release = False

    @property
    def quiet(self) -> bool:
        """Return whether devices are to tell nothing but their number."""
        return self._quiet

    def begin(
        self, round: int, cohort: Sequence[int], reachable: int, before: Tensor | None
    ) -> dict[str, ConfigRecord]:
        """Return what to add to the round's orders; raises BudgetSpentError before anything is sent.

        `before` (k,) is what is shared of the model, None for nothing.
        """
        self._cohort, self._origin = cohort, np.zeros(0, np.float32) if before is None else before.numpy()
        self._rate = None
        if self._options.sampling == "fixed":
            self._rate = self._part.most(reachable) / max(1, reachable) or 1.0
        self._release = self._options.hides_cohorts
        self._terms, self._steps = None, Steps()
        if not (self._options.asked and (cohort or self._release)):
            return SendingTerms(quiet=self._quiet).records()
        self._terms = self._guard.terms(round, cohort, self._rate)
        self._steps = self._guard.steps(self._terms)
        bound = self._options.weight_bound or 0
        return SendingTerms(self._terms, self._quiet, self._weights, bound).records()

    def accept(self, content: RecordDict, report: Report) -> Contribution | None:
        """Return what a device contributes, None from one that contributes nothing or waits for a secure sum.

        Raises UserError for one that must not count.
        """
        if self._steps.secure or not self._origin.size:
            return None
        # Under a guarantee nobody says on how many utterances an update rests.
        bound = self._options.weight_bound
        own = 1.0 if self._options.private else weight(report.examples, self._weights, bound)
        with of_this_app():
            sent = unpack(content, self._origin, own)
            given = self._steps.receive(sent)
            refuse_unfit(given)
        return given

    def updates_of(self, round: Round) -> dict[int, Tensor]:
        """Return by how much each device that the server sees would move the model, (k,)."""
        seen = {device: self._steps.update_of(given) for device, given in round.contributions.items()}
        return {device: torch.from_numpy(update) for device, update in seen.items()}

    def combine(self, round: Round, enough: bool, send: Send) -> Combined:
        """Return what the rule is given of a round: single models, or their average where there is no more to see.

        A rule of the average is given the average also under a clip or a compression alone.
        """
        if not (enough or self._release) or not self._origin.size:
            return Combined(None, self._note(NO_QUORUM, 0))
        if self._options.private and self._terms is not None:
            self._guard.charge(self._terms, self._cohort, self._rate, round.contributions)
        if self._terms is None or not (self._steps.secure or self._options.private or self._averages):
            return Combined(self._single_models(round), self._note(AGGREGATED, len(round.contributions)))
        try:
            average = self._average(self._terms, round, send)
        except SecureAggregationError as error:
            return Combined(None, self._note(SUM_FAILED, 0) | {"reason": str(error)})
        model = DeviceUpdate(EVERYBODY, torch.from_numpy(self._steps.model_after(average)))
        return Combined(self._given(round, (model,)), self._note(AGGREGATED, average.count))

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold beside the ledger's own file."""
        return self._guard.state() if self._options.asked else {}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint's state."""
        if state:
            self._guard.restore(state)

    def spent(self) -> dict[str, Any]:
        """Return what the budget's end is recorded with."""
        return self._note(BUDGET_SPENT, 0)

    def _average(self, terms: RoundTerms, round: Round, send: Send) -> Total:
        if not self._steps.secure:
            return self._guard.average(terms, round.contributions, self._origin)
        threshold = self._options.survivors(len(self._cohort))
        found = secure_sum(
            round.replied,
            threshold,
            terms.length(self._origin.size),
            send,
            round.liars,
            self._options.active_server,
        )
        return self._guard.average_of_sum(terms, found.total, len(found.survivors), self._origin)

    def _single_models(self, round: Round) -> RoundUpdates:
        found = []
        for device, report in round.updates:
            given = round.contributions[device]
            model = read_only(self._steps.model_of(given))
            beside = round.beside.get(device, {})
            found.append(DeviceUpdate(device, model, given.weight, report.examples, report.steps, beside))
        return self._given(round, tuple(found))

    def _given(self, round: Round, updates: tuple[DeviceUpdate, ...]) -> RoundUpdates:
        return RoundUpdates(round.number, self._guard.facts.devices, updates)

    def _note(self, outcome: str, survivors: int) -> dict[str, Any]:
        """Return what to record of a round; nothing where nothing is asked."""
        if not self._options.asked:
            return {}
        return {
            "epsilon": self._guard.ledger.epsilon() if self._options.promises else None,
            "clip": self._guard.clip if self._terms is None else self._terms.clip,
            "noise_multiplier": self._guard.noise.multiplier,
            "survivors": survivors,
            "outcome": outcome,
        }
