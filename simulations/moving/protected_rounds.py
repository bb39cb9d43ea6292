"""What [privacy] makes of the rounds of one arm of one seed: terms down, protected updates up, their average.

A round is charged for the devices that were asked, whether or not they replied, and before their sum is formed. A
round of devices drawn in secret is released even if nobody was drawn: its absence would tell.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from flwr.app import ConfigRecord, RecordDict
from numpy.typing import NDArray
from torch import Tensor

from clients.payload import Report
from clients.sending import SendingTerms, received
from fedser.device import World
from fedser.errors import UserError
from fedser.privacy import (
    Federation,
    PrivacyOptions,
    Protection,
    Received,
    RoundTerms,
    SecureAggregationError,
    weight,
)
from fedser.privacy.compression import decode
from fedser.protocol import Arm
from simulations.moving.cohort import draw_cohort, reachable_devices
from simulations.moving.config import MovingConfig
from simulations.moving.secure_sum import Send, secure_sum

AGGREGATED, NO_QUORUM, SUM_FAILED, BUDGET_SPENT = "aggregated", "no-quorum", "secure-sum-failed", "budget-spent"


def is_protected(options: PrivacyOptions) -> bool:
    """Return whether [privacy] asks for anything."""
    asked = options.clip is not None or options.compression != "none" or options.secure_aggregation
    return options.private or asked


@dataclass(frozen=True)
class Combined:
    """What became of a round: the average update (k,), None where the old model stays, and what to record."""

    average: NDArray[np.float64] | None
    note: dict[str, Any]


class ProtectedRounds:
    """Holds the budget and the clip, and the terms of the round that goes on."""

    def __init__(self, config: MovingConfig, world: World, arm: Arm, size: int, ledger: Path) -> None:
        self._options, self._weights, self._size = config.privacy, config.aggregation.weights, size
        federation = federation_of(config, world, size)
        self.guard = Protection(config.privacy, federation, world.seed, arm.folder, ledger)
        self._terms: RoundTerms | None = None
        self._rate: float | None = None
        self._cohort: Sequence[int] = ()
        self._release = False

    def begin(self, round: int, cohort: Sequence[int], reachable: int) -> dict[str, ConfigRecord]:
        """Return what to add to the round's orders; raises BudgetSpentError before anything is sent."""
        self._cohort = cohort
        fixed = self._options.sampling == "fixed" and reachable > 0
        self._rate = len(cohort) / reachable if fixed else None
        self._release = self._options.private and self._options.sampling != "known" and reachable > 0
        if not cohort and not self._release:
            self._terms = None
            return {}
        self._terms = self.guard.terms(round, cohort, self._rate)
        bound = self._options.weight_bound or 0
        return SendingTerms(self._terms, self._options.private, self._weights, bound).records()

    def accept(self, content: RecordDict, report: Report) -> Received | None:
        """Return an update as it came, None from a device whose update waits for a secure sum.

        Raises UserError for what is no update of this round.
        """
        if self._options.secure_aggregation:
            return None
        bound = self._options.weight_bound
        # Under a guarantee nobody says on how many utterances an update rests.
        own = 1.0 if self._options.private else weight(report.examples, self._weights, bound)
        message = received(content, own, self._size)
        if not np.all(np.isfinite(decode(message.encoded))):
            raise UserError("an update holds NaN or infinity")
        return message

    def combine(
        self, enough: bool, replied: Sequence[int], updates: Mapping[int, Received], send: Send
    ) -> Combined:
        """Return the average of a round: of the updates received, or of the secure sum of those who replied."""
        terms = self._terms
        if terms is None or not (enough or self._release):
            return self._outcome(None, NO_QUORUM, 0)
        self.guard.charge(terms, self._cohort, self._rate)
        if not self._options.secure_aggregation:
            return self._outcome(self.guard.average(terms, updates), AGGREGATED, len(updates))
        threshold = self._options.survivors(len(self._cohort))
        try:
            total = secure_sum(replied, threshold, terms.length(self._size), send)
        except SecureAggregationError as error:
            return self._outcome(None, SUM_FAILED, 0, str(error))
        survivors = len(total.survivors)
        return self._outcome(self.guard.average_of_sum(terms, total.total, survivors), AGGREGATED, survivors)

    def spent(self) -> dict[str, Any]:
        """Return what the budget's end is recorded with."""
        return self._outcome(None, BUDGET_SPENT, 0).note

    def _outcome(
        self, average: NDArray[np.float64] | None, outcome: str, survivors: int, reason: str = ""
    ) -> Combined:
        clip = self.guard.clip if self._terms is None else self._terms.clip
        note = {
            "epsilon": self.guard.ledger.epsilon() if self._options.private else None,
            "clip": clip,
            "noise_multiplier": self.guard.noise.multiplier,
            "survivors": survivors,
            "outcome": outcome,
        }
        return Combined(average, note | ({"reason": reason} if reason else {}))


def federation_of(config: MovingConfig, world: World, size: int) -> Federation:
    """Return what the guarantee depends on; `size` is the length k of an update."""
    part, devices = config.participation, config.devices.count
    expected = part.fraction * devices
    if part.sampling == "fixed":
        expected = part.most(devices)
    rounds = config.rounds
    if config.privacy.sampling == "known":
        rounds = _most_often(config, world)
    return Federation(size, devices, expected, rounds, config.aggregation.weights)


def _most_often(config: MovingConfig, world: World) -> int:
    """Return in how many rounds the device that is asked most often is asked; this is planned, not learnt."""
    asked: Counter[int] = Counter()
    for round in range(1, config.rounds + 1):
        asked.update(draw_cohort(config.participation, reachable_devices(world, round), world.seed, round))
    return max(asked.values(), default=1)


def applied(shared: Tensor, average: NDArray[np.float64]) -> Tensor:
    """Return the shared parameters (k,) moved by an average update (k,)."""
    return (shared.double() + torch.from_numpy(average)).float()
