"""A moving-devices run with scores given by hand, in memory."""

from pathlib import Path

import numpy as np
import pandas as pd

from fedser.results.moving import SCHEMA, MovingRun
from fedser.results.utterances import UTTERANCES


def moving_by_hand(tensors, places, environments, start=0.0):
    """Return a run whose R is, for each arm, (seeds, devices, rounds, environments) for all targets and metrics.

    `places` (devices, rounds) is the same for all seeds; `start` is the shared model's score everywhere.
    """
    arms = tuple(tensors)
    seeds, devices, rounds, _ = np.shape(tensors[arms[0]])
    rows = []
    for arm, R in tensors.items():
        cells = [(s, str(d), "personal", r + 1, e, value) for (s, d, r, e), value in np.ndenumerate(np.asarray(R))]
        cells += [(s, "server", "global", 0, e, start) for s in range(seeds) for e in range(len(environments))]
        for seed, device, model, round_, e, value in cells:
            for target in ("activation", "valence"):
                for metric in ("ccc", "uar"):
                    key = (seed, arm.mode, arm.method, arm.memory, arm.rule, "", round_, device, model)
                    row = (*key, environments[e], "test", target, metric, value)
                    rows += [] if np.isnan(value) else [row]
    visits = [
        (seed, device, r + 1, environments[place], "", 1, 1, 1)
        for seed in range(seeds)
        for (device, r), place in np.ndenumerate(np.asarray(places))
    ]
    frames = {"scores": rows, "visits": visits, "costs": [], "prequential": [], "acoustics": []}
    return MovingRun(
        folder=Path("by-hand"),
        record={},
        config="",
        seeds=tuple(range(seeds)),
        arms=arms,
        environments=tuple(environments),
        rounds=rounds,
        devices=devices,
        utterances=pd.DataFrame(columns=list(UTTERANCES["utterances.csv"])),
        dropped=pd.DataFrame(columns=list(UTTERANCES["dropped.csv"])),
        splits=pd.DataFrame(columns=list(UTTERANCES["splits.csv"])),
        **{name: pd.DataFrame(found, columns=list(SCHEMA[f"{name}.csv"])) for name, found in frames.items()},
    )
