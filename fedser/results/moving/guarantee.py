"""What a private run has spent: a sentence for the headline, and a table of its own."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from fedser.results.moving.run import MovingRun
from fedser.results.numerals import NONE, decimal
from fedser.results.table import Row, Table

HEADER = ("arm", "ε, device", "ε, owner", "shown", "δ", "clip", "noise multiplier", "sampling rate", "rounds")


def guarantee_sentence(run: MovingRun) -> list[str]:
    """Return one sentence on ε, the largest of all arms and seeds; nothing for a run that claims no privacy."""
    terms = _terms(run)
    spent = [_epsilon(arm) for arm in terms.get("arms", [])]
    if not spent:
        return []
    if math.isinf(max(spent)):
        return ["Privacy: ε is infinite, so nothing is guaranteed: updates are clipped, but there is no noise."]
    which = "each" if len({arm["arm"] for arm in terms["arms"]}) > 1 else "the"
    return [
        f"Privacy: {which} shared model has {terms['unit']}-level ε ≤ {_bound(max(spent))} at "
        f"δ = {terms['delta']:g} in the end ({terms['mechanism']} noise, updates clipped to {terms['clip']:g}); "
        "the notes say what that claims."
    ]


def privacy_table(run: MovingRun) -> tuple[Table, ...]:
    """Return Table 7: what each arm that shares has spent; none of a run that claims no privacy."""
    terms = _terms(run)
    arms = terms.get("arms", [])
    if not arms:
        return ()
    names = list(dict.fromkeys(arm["arm"] for arm in arms))
    rows = [_row(name, [arm for arm in arms if arm["arm"] == name], terms) for name in names]
    return (
        Table(
            key="7",
            title="Privacy spent",
            caption=(
                f"What each arm's shared model has spent after its last round, the largest over the seeds: "
                f"{terms['mechanism']} noise, sampling {terms['sampling']}. Round by round: privacy.csv."
            ),
            groups=(),
            header=HEADER,
            blocks=(tuple(rows),),
            notes=(
                "Noise multiplier: of the sum of updates, in units of the clip. A smaller ε protects more.",
                f"The run bounds what one {terms['unit']} contributes; ε of the other unit follows from the same "
                "ledger. owner: all devices of the owner who has most.",
                f"Shown: a lower bound on ε by {terms['unit']}, with 95 % confidence, by canaries in one run of "
                "the same mechanism; more than ε would prove a fault.",
                _together(terms),
            ),
        ),
    )


def _terms(run: MovingRun) -> Mapping[str, Any]:
    terms: Mapping[str, Any] = run.record.get("privacy", {})
    return terms


def _row(name: str, seeds: Sequence[Mapping[str, Any]], terms: Mapping[str, Any]) -> Row:
    rounds = sorted({arm["rounds"] for arm in seeds})
    noise = max(arm["noise_multiplier"] for arm in seeds)
    return (
        name,
        _bound(max(_epsilon(arm, "epsilon_device") for arm in seeds)),
        _bound(max(_epsilon(arm, "epsilon_owner") for arm in seeds)),
        _shown(seeds),
        f"{terms['delta']:g}",
        f"{terms['clip']:g}",
        NONE if noise is None else decimal(noise, 3),
        decimal(max(arm["sampling_rate"] for arm in seeds), 3),
        str(rounds[0]) if len(rounds) == 1 else f"{rounds[0]}–{rounds[-1]}",
    )


def _together(terms: Mapping[str, Any]) -> str:
    found = terms["published_together"]
    device, owner = _bound(_epsilon(found, "device")), _bound(_epsilon(found, "owner"))
    return f"The models of all arms and seeds published together have ε ≤ {device} by device, ≤ {owner} by owner."


def _bound(epsilon: float) -> str:
    """Return ε with two decimals, rounded up: it is a bound."""
    return "∞" if math.isinf(epsilon) else f"{math.ceil(100 * epsilon) / 100:.2f}"


def _shown(seeds: Sequence[Mapping[str, Any]]) -> str:
    """Return the ε that canaries show, rounded down; run records of earlier versions have none."""
    shown = [arm["audit"]["shown"] for arm in seeds if arm.get("audit")]
    return f"{math.floor(100 * max(shown)) / 100:.2f}" if shown else NONE


def _epsilon(arm: Mapping[str, Any], key: str = "epsilon") -> float:
    """Return an ε of an arm and seed; run.json has no infinite numbers."""
    epsilon = arm[key]
    return math.inf if epsilon is None or epsilon == "infinite" else float(epsilon)
