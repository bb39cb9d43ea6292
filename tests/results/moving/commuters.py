"""A moving-devices run folder as the runner writes it, made without training: skills that grow and fade.

Clearly test data: a device's skill in a place grows while it takes part there and fades elsewhere, faster
without memory; sharing averages the skills of those who took part. Scores are the skill with a little noise,
prequential statistics are those of drawn predictions of that skill.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from fedser.metrics.pooled import Moments
from fedser.protocol.arms import Arm
from fedser.results.moving import SCHEMA, MovingOrder, write_moving
from fedser.seeding import generator
from fedser.version import __version__

ARMS = tuple(
    Arm(method, memory, mode)
    for mode in ("local", "federated")
    for method, memory in (("finetuning", "none"), ("exper", "random"), ("gem", "random"))
)
PLACES = ("home", "office", "café")
START, BEST = 0.2, 0.6
FADES = {"finetuning": 0.25, "exper": 0.06, "gem": 0.04}
TARGETS = {"activation": 1.0, "valence": 0.6}
METRICS = {"ccc": (0.0, 1.0), "uar": (0.33, 0.6)}


def write_commute(
    folder: Path,
    arms: Sequence[Arm] = ARMS,
    environments: Sequence[str] = PLACES,
    seeds: Sequence[int] = (0, 1, 2),
    devices: int = 8,
    rounds: int = 10,
    participation: float = 0.7,
    notes: dict[str, list[str]] | None = None,
    record: dict[str, object] | None = None,
) -> Path:
    """Write a finished run folder and return it; in each round about `participation` of the devices take part."""
    folder.mkdir(parents=True, exist_ok=True)
    order = MovingOrder(seeds, arms, environments)
    worlds = {seed: _World(seed, len(environments), devices, rounds, participation) for seed in seeds}
    files = {"scores.csv": [], "visits.csv": [], "costs.csv": [], "prequential.csv": []}
    for seed, world in worlds.items():
        files["visits.csv"] += _visits(world, environments)
        for arm in arms:
            for name, rows in _live(world, arm, environments).items():
                head = {"seed": seed} | arm.row()
                files[name] += [head | row for row in rows]
    files["acoustics.csv"] = _acoustics(environments)
    for name, rows in files.items():
        write_moving(folder, name, pd.DataFrame(rows, columns=list(SCHEMA[name])), order)
    (folder / "config.toml").write_text('[experiment]\nname = "commuters (test data)"\n', encoding="utf-8")
    content = _record(order, devices, rounds, notes) | (record or {})
    (folder / "run.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return folder


class _World:
    """Where everyone is and who takes part, the same for all arms."""

    def __init__(self, seed, environments, devices, rounds, participation):
        random = generator(seed, "commuters")
        self.seed, self.shape = seed, (devices, rounds)
        self.places = np.zeros((devices, rounds), dtype=int)
        for device in range(devices):
            place, left = device % environments, 0
            for round_ in range(rounds):
                if left == 0 and round_ and environments > 1:
                    place = (place + int(random.integers(1, environments))) % environments
                left = int(random.integers(1, 5)) if left == 0 else left - 1
                self.places[device, round_] = place
        self.available = random.random((devices, rounds)) < (1.0 if participation == 1 else 0.85)
        self.takes_part = self.available & (random.random((devices, rounds)) < participation)


def _visits(world, environments):
    rows = []
    for (device, round_), place in np.ndenumerate(world.places):
        here = bool(world.available[device, round_])
        row = {"seed": world.seed, "device": device, "round": round_ + 1, "environment": environments[place]}
        rows.append(row | {"condition": "", "available": int(here), "heard": 6 * here, "labelled": 5 * here})
    return rows


def _live(world, arm, environments):
    """Return the rows of one arm: scores, costs and prequential statistics."""
    n, (devices, rounds) = len(environments), world.shape
    random = generator(world.seed, "commuters", arm.name)
    own, shared = np.full((devices, n), START), np.full(n, START)
    scores = _score("server", "global", 0, "", shared, generator(world.seed, "start"), environments)
    costs, heard = [], []
    for round_ in range(rounds):
        present = np.flatnonzero(world.takes_part[:, round_])
        for device in present:
            place = world.places[device, round_]
            before = shared.copy() if arm.shares else own[device].copy()
            heard += _hear(random, device, round_, environments[place], before[place])
            fade = np.exp(-FADES[arm.method])
            own[device] = START / 2 + (before - START / 2) * fade
            own[device, place] = before[place] + 0.5 * (BEST - before[place])
            where = environments[place]
            scores += _score(str(device), "personal", round_ + 1, where, own[device], random, environments)
            costs.append(_cost(arm, random, device, round_))
        if present.size:
            scores += _score("all", "personal", round_ + 1, "", own[present].mean(axis=0), random, environments)
            if arm.shares:
                shared = own[present].mean(axis=0)
                scores += _score("server", "global", round_ + 1, "", shared, random, environments)
    return {"scores.csv": scores, "costs.csv": costs, "prequential.csv": heard}


def _score(device, model, round_, stage, skills, random, environments):
    rows = []
    for environment, skill in zip(environments, skills, strict=True):
        for target, factor in TARGETS.items():
            for metric, (low, width) in METRICS.items():
                value = low + width * factor * float(skill) + 0.01 * random.normal()
                row = {"stage": stage, "round": round_, "device": device, "model": model, "split": "test"}
                rows.append(row | {"environment": environment, "target": target, "metric": metric, "value": value})
    return rows


def _hear(random, device, round_, environment, skill):
    rows = []
    for target in TARGETS:
        label = random.uniform(-1, 1, 6)
        prediction = np.clip(skill * label + 0.3 * random.normal(size=6), -1, 1)
        moments = Moments.of(prediction, label)
        row = {"round": round_ + 1, "device": int(device), "environment": environment, "target": target}
        names = ("n", "mean_prediction", "mean_label", "m2_prediction", "m2_label", "m2_both")
        rows.append(row | {name: getattr(moments, name) for name in names})
    return rows


def _cost(arm, random, device, round_):
    outcome = str(random.choice(["trained", "idle-no-labels", "failed", "late"], p=[0.9, 0.05, 0.03, 0.02]))
    steps = 5 if outcome == "trained" else 0
    remembers = arm.memory != "none"
    row = {"round": round_ + 1, "device": int(device), "outcome": outcome, "steps": steps}
    row["altered"] = steps // 2 if arm.method == "gem" else 0
    row["flops"] = 1e9 * steps * (2 if remembers else 1)
    row["memory_bytes"] = 40_000 * min(round_ + 1, 3) if remembers else 0
    row["bytes_up"] = 2_000_000 if arm.shares and steps else 0
    row["bytes_down"] = 2_000_100 if arm.shares else 0
    return row | {"seconds": 0.02 * (steps + 1)}


def _acoustics(environments):
    rows = []
    for place, environment in enumerate(environments):
        room = {"rt60_target_s": 0.4 + place / 10, "rt60_s": 0.41 + place / 10, "microphone": "phone"}
        noise = {"snr_target_db": 15.0, "snr_db": 15.1, "snr_low_db": 14.8, "snr_high_db": 15.3, "noise": "babble"}
        silent = {"rt60_target_s": None, "rt60_s": None, "microphone": "none", "noise": "none"}
        silent |= dict.fromkeys(["snr_target_db", "snr_db", "snr_low_db", "snr_high_db"])
        rows.append({"environment": environment, "condition": ""} | (silent if place == 0 else room | noise))
    return rows


def _record(order, devices, rounds, notes):
    if notes is None:
        notes = {environment: ["synthetic: for trying out, not evidence"] for environment in order.environments}
    return {
        "kind": "moving",
        "fedser": __version__,
        "python": "3.11.9",
        "git_commit": "0123456789abcdef",
        "seeds": list(order.seeds),
        "arms": [arm.row() for arm in order.arms],
        "environments": list(order.environments),
        "rounds": rounds,
        "devices": devices,
        "notes": notes,
        "warnings": ["round 3: 2 devices were late"],
        "started": "2030-01-01T10:00:00+00:00",
        "finished": "2030-01-01T10:02:00+00:00",
    }
