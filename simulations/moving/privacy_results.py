"""What [privacy] cost and promised: privacy.csv, its lines in run.json, and the figures that devices kept.

A device under a guarantee sends no figures. In a simulation its disk lies below the run folder, and what it kept
there is read here, by the experimenter; no server or observer of the federation can. privacy.csv is the
experimenter's too: the share of clipped updates is counted from these files.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd

from clients import own_record
from fedser.device import World
from fedser.privacy import Ledger, Owners, Spent, Terms, Unit, claims, epsilon_together, spent_of
from fedser.privacy.audit import audit
from fedser.protocol import Arm
from fedser.results import files
from fedser.results.moving import PRIVACY
from simulations.moving.config import MovingConfig
from simulations.moving.federation import arm_folder
from simulations.moving.guarantee import facts_of, owners_of
from simulations.moving.round_files import RoundFiles

Row = dict[str, Any]

UNITS: tuple[Unit, ...] = ("device", "owner")

SAID = "as if cohorts and noise were secret"
"""What stands beside every ε of a seeded run."""


def with_own_figures(records: Sequence[Row], run: Path, seed: int, arm: str) -> list[Row]:
    """Return the rounds' records with what devices kept of them on their disks, as far as these lie below `run`.

    A device whose reply never came has none, as it would without [privacy].
    """

    def full(entry: Row, round: int) -> Row:
        own = own_record.read(run / "devices" / str(entry["device"]) / f"seed-{seed}" / arm, round)
        if own is None or entry["outcome"] == "failed":
            return entry
        return entry | own | ({} if entry["outcome"] == "trained" else {"outcome": entry["outcome"]})

    return [
        record | {"devices": [full(entry, record["round"]) for entry in record["devices"]]} for record in records
    ]


def with_claims(notes: Mapping[str, list[str]], config: MovingConfig) -> dict[str, list[str]]:
    """Return the notes of every environment with what the run may claim of privacy, mode by mode."""
    if not config.privacy.asked:
        return dict(notes)
    modes = dict.fromkeys(arm.mode for arm in config.parsed_arms())
    said = list(dict.fromkeys(f"{mode}: {line}" for mode in modes for line in claims(config.privacy, mode)))
    return {place.name: [*notes.get(place.name, []), *said] for place in config.environments}


def write_privacy(run: Path, config: MovingConfig) -> dict[str, Any]:
    """Write privacy.csv and return the section "privacy" of run.json; neither exists without [privacy]."""
    if not config.privacy.asked:
        return {}
    rows, arms, spent = [], [], []
    audited = cache(partial(_audited, config))
    for seed in range(config.seeds):
        world = World.read(run / "data", seed)
        for arm in config.parsed_arms():
            if arm.shares:
                found = list(_rows(run, seed, arm))
                rows += found
                parts = _spent_by_unit(config, world, arm, RoundFiles(arm_folder(run, seed, arm)).ledger)
                spent.append(parts)
                arms.append(_spent(config, world, arm, found, audited) | _epsilons(config, parts))
    files.write(run, "privacy.csv", pd.DataFrame(rows, columns=list(PRIVACY["privacy.csv"])), PRIVACY)
    privacy = config.privacy
    if not privacy.promises:
        return {"privacy": {"mechanism": "none"}}
    terms: dict[str, Any] = {"mechanism": privacy.mechanism, "delta": privacy.delta, "clip": privacy.clip}
    terms |= {"sampling": privacy.sampling} | ({} if privacy.secure_noise else {"epsilon_said": SAID})
    terms |= {"unit": privacy.unit, "devices_per_owner": privacy.devices_per_owner}
    together = {unit: epsilon_together([part[unit] for part in spent], privacy.delta or 0.0) for unit in UNITS}
    return {"privacy": terms | {"arms": arms, "published_together": together}}


def _spent_by_unit(config: MovingConfig, world: World, arm: Arm, ledger: Path) -> dict[Unit, tuple[Spent, ...]]:
    """Return what one arm of one seed has spent of the device and of the owner that paid most."""
    options = config.privacy
    if not options.promises:
        return dict.fromkeys(UNITS, ())
    owners = Owners(owners_of(world), options.devices_per_owner)
    charges = Ledger(Terms(options.sampling, options.delta or 0.0), None, ledger).charges
    bounded: Unit = "owner" if options.unit == "owner" else "device"
    return {unit: spent_of(charges, options.sampling, bounded, owners, unit) for unit in UNITS}


def _epsilons(config: MovingConfig, spent: Mapping[Unit, Sequence[Spent]]) -> Row:
    delta = config.privacy.delta or 0.0
    return {f"epsilon_{unit}": epsilon_together([spent[unit]], delta) for unit in UNITS}


def _rows(run: Path, seed: int, arm: Arm) -> Iterator[Row]:
    store = RoundFiles(arm_folder(run, seed, arm))
    head = {"seed": seed} | arm.row()
    for record in with_own_figures(store.read_records(), run, seed, arm.folder):
        if "privacy" in record:
            yield head | {"round": record["round"], "clipped_share": _clipped(record)} | record["privacy"]
    if end := store.read_end():
        yield head | {"clipped_share": math.nan} | end


def _clipped(record: Row) -> float:
    """Return the share of a round's devices whose update was longer than the clip, NaN where nobody knows."""
    inside = [entry["inside"] for entry in record["devices"] if "inside" in entry]
    return inside.count(False) / len(inside) if inside and record["privacy"]["clip"] > 0 else math.nan


def _spent(
    config: MovingConfig,
    world: World,
    arm: Arm,
    rows: Sequence[Row],
    audited: Callable[[float | None, float, int], Row | None],
) -> Row:
    """Return what one arm of one seed has spent in the end."""
    facts = facts_of(config, world, 0)
    known, rate = config.privacy.sampling == "known", facts.participants / facts.devices
    done = [row for row in rows if row["outcome"] != "budget-spent"]
    last = done[-1] if done else {"epsilon": 0.0, "noise_multiplier": rows[0]["noise_multiplier"]}
    return {
        "seed": world.seed,
        "arm": arm.name,
        "noise_multiplier": last["noise_multiplier"],
        "sampling_rate": 1.0 if known else rate,
        "rounds": len(done),
        "epsilon": last["epsilon"],
        "audit": audited(last["noise_multiplier"], 1.0 if known else rate, len(done)),
    }


def _audited(config: MovingConfig, noise: float | None, rate: float, rounds: int) -> Row | None:
    """Return what canaries show of the same mechanism; None without noise, and where it is not asked for."""
    if not (config.audit.canaries and noise and rounds):
        return None
    return audit(config.privacy, noise, rate, rounds, canaries=config.audit.canaries).record()
