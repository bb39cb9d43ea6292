"""The server's side of a protected run: what a round's devices are told, what it costs, and its steps.

A round is: `terms` (raises before a round that the budget does not pay for) → devices train and send → `charge`
for what came → its `average`, or, with secure aggregation, `charge` → the secure sum → `average_of_sum`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedser.errors import UserError
from fedser.privacy.accountant import Sampling
from fedser.privacy.adaptive_clipping import next_clip
from fedser.privacy.defences.central_noise import CentralNoise
from fedser.privacy.defences.defence import Contribution, Defence, Total
from fedser.privacy.defences.order import Steps, steps_of
from fedser.privacy.fixed_point import Grid
from fedser.privacy.ledger import Charge, Ledger, Terms
from fedser.privacy.noise import Draw, from_operating_system, seeded, share_std
from fedser.privacy.noise_plan import plan_noise
from fedser.privacy.options import PrivacyOptions
from fedser.privacy.round_terms import RoundTerms
from fedser.privacy.sum_check import refuse_beyond
from fedser.privacy.units import Owners, Unit, any_of
from fedser.privacy.weighting import Weights


@dataclass(frozen=True)
class FederationFacts:
    """What a guarantee depends on beside the options.

    `size`: values of an update. `participants`: expected number of devices in a round. `rounds`: the most that
    one device can take part in.
    """

    size: int
    devices: int
    participants: float
    rounds: int
    weights: Weights = "uniform"
    owners: Owners | None = None
    """Whose the devices are; needed where the unit is an owner."""


class Protection:
    """Holds what changes over a run: the clip and the ledger. One for each arm and seed."""

    def __init__(
        self,
        options: PrivacyOptions,
        facts: FederationFacts,
        seed: int,
        arm: str,
        ledger: Path | None = None,
        further: Sequence[Defence] = (),
    ) -> None:
        """`further` are the steps that the options name, with their own options."""
        options.check(facts.devices, facts.weights)
        self.options, self.facts, self._further = options, facts, further
        self.clip = options.device_clip
        sampling = Sampling.of(options.sampling, facts.participants, facts.devices)
        self.sampling = replace(sampling, rate=any_of(sampling.rate, options.devices_per_owner))
        self.noise = plan_noise(options, self.sampling, facts.rounds, facts.participants)
        unit: Unit = "owner" if options.unit == "owner" else "device"
        said = Terms(options.sampling, options.delta or 0.0)
        self.ledger = Ledger(said, options.most_epsilon, ledger, unit, facts.owners)
        self._seed, self._arm = seed, arm
        self._paid: Charge | None = None

    def terms(self, round_number: int, devices: Sequence[int], rate: float | None = None) -> RoundTerms:
        """Return what the round's devices are told; `rate` where it differs from the federation's.

        Raises BudgetSpentError where the round would exceed the budget: nothing has been sent then.
        """
        charge = self._proposal(round_number, devices, rate)
        earlier = self.ledger.attempts(round_number)
        if self.options.private and not (earlier and self._repeatable) and not self.ledger.permits(charge):
            self.ledger.charge(charge)
        options, participants = self.options, len(devices)
        distributed = options.mechanism == "distributed"
        std = share_std(self.noise.updates, self.clip, options.survivors(participants)) if distributed else 0.0
        grid = self._grid(participants, std) if options.secure_aggregation else Grid(0.0, 0)
        return RoundTerms(
            round=round_number,
            attempt=charge.attempt if distributed and not self._repeatable else 1,
            clip=self.clip,
            compression=options.compression,
            keep=options.keep,
            stochastic_rounding=options.stochastic_rounding,
            grid_step=grid.step,
            grid_largest=grid.largest,
            noise_std=std,
            count_scale=self.noise.scale_of_count(self.clip),
            append_weight=self._append_weight,
            secure_noise=options.secure_noise,
            nonce=options.nonce or "" if distributed else "",
        )

    def steps(self, terms: RoundTerms) -> Steps:
        """Return the steps of a round with these terms, the server's own with them."""
        expected = None if self.options.sampling == "known" else self.facts.participants
        noise = None
        if self.options.mechanism == "central":
            noise = CentralNoise(std=self.noise.updates * terms.clip, draw=self._draw(terms))
        guaranteed = self.options.private
        return steps_of(terms, self._further, guaranteed=guaranteed, expected=expected, noise=noise)

    def charge(
        self,
        terms: RoundTerms,
        devices: Sequence[int],
        rate: float | None = None,
        received: Mapping[int, Contribution] | None = None,
    ) -> None:
        """Write the cost of a sum down; before `average` of what was `received`, or before a secure sum is begun.

        Raises BudgetSpentError where it does not fit; nothing is released then.
        """
        if self.options.private:
            charge = self._proposal(terms.round, devices, rate, _digest(received or {}))
            self.ledger.charge(charge)
            self._paid = charge

    def average(
        self, terms: RoundTerms, received: Mapping[int, Contribution], origin: NDArray[np.float32]
    ) -> Total:
        """Return the average update, (size,), of contributions by device, as `Steps.receive` returned them.

        `origin` (size,) is what the round began with.
        """
        self._require_charge(terms)
        for contribution in received.values():
            if contribution.values.size != self.facts.size:
                raise UserError(f"an update of {contribution.values.size} values, expected {self.facts.size}")
        steps = self.steps(terms)
        return self._noted(terms, steps.average(steps.sum([received[d] for d in sorted(received)], origin)))

    def average_of_sum(
        self, terms: RoundTerms, total: NDArray[np.uint32], survivors: int, origin: NDArray[np.float32]
    ) -> Total:
        """Return the average update, (size,), from the unmasked sum modulo 2³² of so many survivors."""
        self._require_charge(terms)
        if terms.grid is None:
            raise ValueError("these terms are not of a secure sum; use average")
        refuse_beyond(total, terms, survivors, self.facts.size)
        return self._noted(terms, self.steps(terms).average(Total(total, origin, survivors, float(survivors))))

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold beside the ledger's own file."""
        return {"clip": self.clip} | ({"ledger": self.ledger.mark()} if self.options.private else {})

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a checkpoint's state; raises RunError where the ledger is older than it."""
        self.clip = float(state["clip"])
        if self.options.private:
            self.ledger.refuse_less_than(state["ledger"])

    @property
    def _append_weight(self) -> bool:
        # Under a guarantee the sum of weights stays unknown, and the divisor is the number of participants.
        by_examples = self.facts.weights == "examples"
        return self.options.secure_aggregation and by_examples and not self.options.private

    def _grid(self, participants: int, noise_std: float) -> Grid:
        bound = max(
            self.clip or self.options.secure_range,
            float(self._append_weight),
            self.noise.scale_of_count(self.clip) / 2,
        )
        return Grid.for_sum(bound, participants, noise_std)

    @property
    def _repeatable(self) -> bool:
        return not self.options.secure_noise

    def _proposal(
        self, round_number: int, devices: Sequence[int], rate: float | None, release: str = ""
    ) -> Charge:
        rate = self.sampling.rate if rate is None else rate
        return self.ledger.proposal(round_number, self.noise.multiplier, rate, devices, self._repeatable, release)

    def _require_charge(self, terms: RoundTerms) -> None:
        if self.options.private and (self._paid is None or self._paid.round != terms.round):
            raise ValueError(f"round {terms.round} has not been charged; call charge before its sum is released")

    def _draw(self, terms: RoundTerms) -> Draw:
        if self.options.secure_noise:
            return from_operating_system
        attempt = self._paid.attempt if self._paid else terms.attempt
        return seeded(self._seed, self.options.nonce or "", self._arm, terms.round, "server", attempt)

    def _noted(self, terms: RoundTerms, average: Total) -> Total:
        """Let the clip follow the count, where it is adaptive."""
        adaptive = self.options.adaptive_clipping
        if adaptive is not None and average.inside is not None:
            self.clip = next_clip(terms.clip, average.inside, adaptive)
        return average


def _digest(received: Mapping[int, Contribution]) -> str:
    """Return what tells the updates of a sum from any others, "" for none that the server sees."""
    if not received:
        return ""
    content = hashlib.blake2b(digest_size=16)
    for device in sorted(received):
        contribution = received[device]
        content.update(f"{device} {contribution.weight!r} {contribution.values.dtype}\n".encode())
        content.update(np.ascontiguousarray(contribution.values).data)
    return content.hexdigest()
