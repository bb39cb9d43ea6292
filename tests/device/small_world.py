"""A small world without sound: random embeddings whose labels can be learnt, in a few places."""

from pathlib import Path

import numpy as np
import pandas as pd

from fedser.device import DeviceSettings, World
from fedser.protocol import EnvironmentData
from fedser.protocol.environment import write_environment

ACOUSTIC, LEXICAL = 6, 4
PLACES = ("home", "office", "café")
SPEAKERS, EACH = 6, 5


def write_place(folder: Path, name: str, seed: int, speakers: int = SPEAKERS, each: int = EACH) -> None:
    """Write a place with speakers × each training utterances, 10 for validation and 20 for the test."""
    stream = np.random.default_rng(seed)
    splits = ["train"] * speakers * each + ["validation"] * 10 + ["test"] * 20
    n = len(splits)
    acoustic = stream.normal(size=(n, ACOUSTIC)).astype(np.float32)
    lexical = stream.normal(size=(n, LEXICAL)).astype(np.float32)
    turn = np.random.default_rng(1000 + seed).normal(size=(ACOUSTIC, 2))
    labels = np.tanh(acoustic @ turn / 2 + 0.1 * stream.normal(size=(n, 2)))
    table = pd.DataFrame(
        {
            "utterance": [f"utterance-{name}-{k:04d}" for k in range(n)],
            "speaker": [
                f"speaker-{k // each:02d}" if k < speakers * each else f"held-out-{k % 4}" for k in range(n)
            ],
            "gender": ["female" if (k // each) % 2 else "male" for k in range(n)],
            "split": splits,
            "duration_s": stream.uniform(1, 9, n),
            "activation": labels[:, 0],
            "valence": labels[:, 1],
        }
    )
    write_environment(folder, name, table, acoustic, lexical)


def settings(**changes) -> DeviceSettings:
    """Settings of two devices for six rounds in three places; `changes` are whole sections."""
    values = {
        "environments": list(PLACES),
        "conditions": [[0], [1], [2]],
        "devices": 2,
        "rounds": 6,
        "mobility": {"kind": "schedule"},
        "schedule": {"environments": ["home", "office", "home", "café"]},
        "stream": {"per_round": 4},
        "adaptation": {"epochs": 2},
        "memory": {"capacity": 6},
        "reports": {"min_pooled": 2},
        "model": {"width": 5},
        "training": {"learning_rate": 0.05, "batch_size": 4, "patience": 2, "max_epochs": 5},
        "gem": {},
    }
    return DeviceSettings.read(values | changes, "test")


def make_world(folder: Path, seed: int = 0, **changes) -> World:
    """Return a world, as a device reads it; its data are written below the folder at the first call."""
    chosen = settings(**changes)
    count = 1 + max(k for steps in chosen.conditions for k in steps)
    for k in range(count):
        if not (folder / str(k)).exists():
            write_place(folder / str(k), f"condition {k}", k)
    return World(chosen, [EnvironmentData.read(folder / str(k)) for k in range(count)], seed, folder)
