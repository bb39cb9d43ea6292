"""The privacy a run has spent, on disk: written before a round's noisy sum is released, never after.

A kill can therefore lose a round's result, never its cost. Every noisy sum is an attempt at its round, with noise
and a charge of its own. One thing alone is the same attempt, and costs nothing more: a resumed run that sums the
very same updates again and adds the same seeded noise, for what it releases is what was released. Other survivors,
another bit of an update, or noise from the operating system make another attempt. The file names who took part in
which round. Under `poisson` and `fixed` sampling the guarantee rests on nobody learning that: the file is the
server's own, and is not to be published with a model.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fedser.errors import BudgetSpentError, RunError
from fedser.privacy.accountant import Scheme, epsilon_of
from fedser.privacy.units import Owners, Unit, every_device_its_own, spent_of
from fedser.whole_files import write_text

FORMAT = 2


@dataclass(frozen=True)
class Terms:
    """What ε of a ledger means; a run with other terms has another ledger."""

    scheme: Scheme
    delta: float


@dataclass(frozen=True)
class Charge:
    """One release: its round (from 1), which attempt at it (from 1), its noise, sampling rate and participants."""

    round: int
    attempt: int
    noise_multiplier: float
    rate: float
    devices: tuple[int, ...]
    release: str = ""
    """A digest of the updates that were summed; "" where the server does not see them."""


class Ledger:
    """Keeps the charges of a run in a JSON file, or in memory only where `path` is None.

    An existing file is gone on with; raises RunError where it is not a ledger, or is one with other terms.
    """

    def __init__(
        self,
        terms: Terms,
        budget: float | None = None,
        path: Path | None = None,
        unit: Unit = "device",
        owners: Owners | None = None,
    ) -> None:
        """`owners` is needed where the unit is an owner."""
        self.terms = terms
        self.budget = budget
        self._path = path
        self._unit, self._owners = unit, owners
        self._charges: list[Charge] = [] if path is None or not path.exists() else _read(path, terms)

    @property
    def charges(self) -> tuple[Charge, ...]:
        """Everything charged so far, in order."""
        return tuple(self._charges)

    def participation(self) -> dict[int, int]:
        """Return how many releases each device took part in."""
        return dict(sorted(Counter(device for charge in self._charges for device in charge.devices).items()))

    def epsilon(self) -> float:
        """Return ε spent so far at the ledger's δ."""
        return self._epsilon(self._charges)

    def epsilon_with(self, charge: Charge) -> float:
        """Return ε if the charge were added."""
        return self._epsilon([*self._charges, charge])

    def _epsilon(self, charges: Sequence[Charge]) -> float:
        """Compose charges; where participants are known, for the unit that they cost most."""
        owners = self._owners or every_device_its_own(charges)
        spent = spent_of(charges, self.terms.scheme, self._unit, owners, self._unit)
        return epsilon_of(spent, self.terms.delta)

    def attempts(self, round_number: int) -> int:
        """Return how many attempts at a round have been charged."""
        return sum(charge.round == round_number for charge in self._charges)

    def proposal(
        self,
        round_number: int,
        noise_multiplier: float,
        rate: float,
        devices: Iterable[int],
        repeatable: bool,
        release: str = "",
    ) -> Charge:
        """Return a round's charge: the one already in the ledger where it may be repeated, else a new one."""
        same = [charge for charge in self._charges if charge.round == round_number]
        charge = Charge(round_number, len(same) + 1, noise_multiplier, rate, tuple(sorted(devices)), release)
        if repeatable:
            for earlier in same:
                if _but_for_attempt(earlier) == _but_for_attempt(charge):
                    return earlier
        return charge

    def permits(self, charge: Charge) -> bool:
        """Return whether the charge is in the ledger already, or fits the budget."""
        return charge in self._charges or self.budget is None or self.epsilon_with(charge) <= self.budget

    def charge(self, charge: Charge) -> None:
        """Write a charge down; to be called before the noisy sum leaves the server.

        Raises BudgetSpentError, and writes nothing, where it does not fit.
        """
        if charge in self._charges:
            return
        if not self.permits(charge):
            raise BudgetSpentError(
                f"round {charge.round} would spend epsilon {self.epsilon_with(charge):.4g} of {self.budget:g}; "
                f"the run ends with {self.epsilon():.4g} spent; raise the budget or the noise"
            )
        after = [*self._charges, charge]
        if self._path is not None:
            _write(self._path, self.terms, after)
        self._charges = after

    def mark(self) -> dict[str, Any]:
        """Return what a checkpoint holds of the ledger, for `refuse_less_than` to know it again."""
        return {"charges": len(self._charges), "digest": _digest(self._charges)}

    def refuse_less_than(self, mark: Mapping[str, Any]) -> None:
        """Raise RunError where the ledger lacks what it held at a mark, for then nobody knows what was spent."""
        count = int(mark["charges"])
        if len(self._charges) < count or _digest(self._charges[:count]) != mark["digest"]:
            found = "is missing" if self._path and not self._path.exists() else f"holds {len(self._charges)}"
            raise RunError(
                f"{self._path}: the privacy ledger {found}, but the run has been charged {count} times, so nobody "
                "knows what was spent; restore the file or start a new run"
            )

    def has(self, round_number: int, attempt: int) -> bool:
        """Return whether this attempt at the round has been written down."""
        return any((charge.round, charge.attempt) == (round_number, attempt) for charge in self._charges)


def _but_for_attempt(charge: Charge) -> tuple[object, ...]:
    return charge.round, charge.noise_multiplier, charge.rate, charge.devices, charge.release


def _digest(charges: Sequence[Charge]) -> str:
    text = json.dumps([asdict(charge) for charge in charges], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _write(path: Path, terms: Terms, charges: Sequence[Charge]) -> None:
    """Put the whole file in place at once, on the disk before this returns."""
    content = {"format": FORMAT, "terms": asdict(terms), "charges": [asdict(charge) for charge in charges]}
    try:
        write_text(path, json.dumps(content, indent=1), durable=True)
    except RunError as error:
        raise RunError(f"the privacy ledger {error}") from None


def _read(path: Path, terms: Terms) -> list[Charge]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        found = content["format"], Terms(**content["terms"])
        charges = [Charge(**{**values, "devices": tuple(values["devices"])}) for values in content["charges"]]
    except (OSError, ValueError, KeyError, TypeError):
        raise RunError(
            f"{path}: not a privacy ledger, so nobody knows what was spent; restore it or start a new run"
        ) from None
    if found != (FORMAT, terms):
        raise RunError(f"{path}: kept for {found[1]}, but this run has {terms}; start a new run for other terms")
    return charges
