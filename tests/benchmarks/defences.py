"""What each privacy defence costs on configs/smoke_devices.toml: bytes, seconds, and score.

    python -m tests.benchmarks.defences [--seeds 3] [--repeats 3]

Prints a table and writes tests/benchmarks/results/defences.json. All defences run in turn in one process with one
thread, `repeats` times over. The seconds of a round are processor time of server and devices together, of the
quickest round: other work on the machine adds to it, never takes away. The score is activation CCC of the global
model after the last round, mean over environments, then mean and standard deviation over seeds; "before" is the
model that all begin with.
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

from fedser.config import load
from simulations.moving.config import MovingConfig
from simulations.moving.round_files import RoundFiles
from simulations.moving.run import run_moving
from simulations.sources import RunContext, Sources

HERE = Path(__file__).parent
SMOKE = HERE.parents[1] / "configs" / "smoke_devices.toml"
# Only the last round is scored, so that the others are the federation's time alone.
EVERY = ['arms=["federated:exper"]', "aggregation.weights=uniform", "reports.evaluate_every=1000"]
CENTRAL = ["privacy.mechanism=central", "privacy.clip=0.5", "privacy.delta=0.01"]
DISTRIBUTED = [
    "privacy.mechanism=distributed",
    "privacy.clip=0.5",
    "privacy.delta=0.01",
    "privacy.secure_aggregation=true",
]
DEFENCES = {
    "none": [],
    "clip 0.5": ["privacy.clip=0.5"],
    "clip 0.5, central noise 0.01": [*CENTRAL, "privacy.noise_multiplier=0.01"],
    "clip 0.5, central noise 1": [*CENTRAL, "privacy.noise_multiplier=1.0"],
    "clip 0.5, distributed noise 1, secure sum": [*DISTRIBUTED, "privacy.noise_multiplier=1.0"],
    "secure sum": ["privacy.secure_aggregation=true"],
    "top-k 10 %": ["privacy.compression=top-k"],
    "8 bits": ["privacy.compression=8-bit"],
}


def run(folder: Path, changes: list[str], seeds: int) -> tuple[MovingConfig, float]:
    """Run one defence; return its configuration and the seconds of the quickest round, but the scored last one."""
    config = load(SMOKE, MovingConfig, [f"seeds={seeds}", *EVERY, *changes])
    written: list[float] = []
    write = RoundFiles.write

    def timed(files: RoundFiles, *state: Any) -> None:
        write(files, *state)
        written.append(time.process_time())

    with patch.object(RoundFiles, "write", timed):
        run_moving(config, RunContext(folder, Sources(), 1))
    rounds = np.diff(np.reshape(written, (seeds, config.rounds + 1)), axis=1)
    return config, float(rounds[:, :-1].min())


def scores(folder: Path, round: int) -> np.ndarray:
    """Return activation CCC of the global model after a round, (seeds,)."""
    rows = pd.read_csv(folder / "scores.csv", keep_default_na=False)
    rows = rows[(rows["device"] == "server") & (rows["round"] == round)]
    rows = rows[(rows["target"] == "activation") & (rows["metric"] == "ccc")]
    return rows.groupby("seed")["value"].mean().to_numpy()


def figures(folder: Path, config: MovingConfig) -> dict:
    """Return what a defence costs, without its seconds."""
    costs = pd.read_csv(folder / "costs.csv")
    start, end = scores(folder, 0), scores(folder, config.rounds)
    record = json.loads((folder / "run.json").read_text())
    arms = record.get("privacy", {}).get("arms", [])
    return {
        "epsilon": arms[0]["epsilon"] if arms else None,
        "bytes_up": round(costs["bytes_up"].mean()),
        "bytes_down": round(costs["bytes_down"].mean()),
        "ccc_before": round(float(start.mean()), 4),
        "ccc": round(float(end.mean()), 4),
        "ccc_std": round(float(end.std(ddof=1)), 4) if len(end) > 1 else None,
    }


def measure(seeds: int, repeats: int) -> dict[str, dict]:
    """Run everything and return the figures by defence."""
    found: dict[str, dict] = {}
    seconds: dict[str, list[float]] = {name: [] for name in DEFENCES}
    for _ in range(repeats):
        for name, changes in DEFENCES.items():
            with tempfile.TemporaryDirectory() as folder:
                config, quickest = run(Path(folder) / "run", changes, seeds)
                found[name] = figures(Path(folder) / "run", config)
                seconds[name].append(quickest)
    for name, values in found.items():
        values["cpu_seconds"] = round(min(seconds[name]), 4)
        values["times_none"] = round(min(seconds[name]) / min(seconds["none"]), 2)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    found = measure(options.seeds, options.repeats)
    content = vars(options) | {"load_average": os.getloadavg()[0], "defences": found}
    (HERE / "results" / "defences.json").write_text(json.dumps(content, indent=1) + "\n")
    print(pd.DataFrame(found).T.to_string())


if __name__ == "__main__":
    main()
