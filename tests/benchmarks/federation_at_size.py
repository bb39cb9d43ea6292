"""A federation at the paper's size on generated embeddings: for the benchmarks, and by hand for a large one.

python -m tests.benchmarks.federation_at_size --devices 1000 --fraction 0.1 --rounds 20 --workers 2
"""

import argparse
import json
import multiprocessing
import os
import re
import shutil
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd

from fedser.device.world import SETTINGS
from fedser.protocol.environment import write_environment
from simulations.engines.inprocess import run_federation
from simulations.moving.config import MovingConfig
from simulations.run_folder import claim

ACOUSTIC, LEXICAL = 768, 512
PER_DEVICE = 40
HELD_OUT = 64


def config_of(devices, rounds, fraction=1.0, arm="federated:exper", per_round=32, steps=5, evaluate_every=10**6):
    """The paper's model and batch, a few local steps in a round, one place; scores after the last round only."""
    return MovingConfig.read(
        {
            "seeds": 1,
            "rounds": rounds,
            "arms": [arm],
            "environments": [
                {"name": "home", "corpus": "synthetic"},
                {"name": "office", "corpus": "synthetic"},
            ],
            "devices": {"count": devices, "owner": "mixed"},
            "server": {"speakers": 0.0},
            "mobility": {"kind": "schedule"},
            "schedule": {"environments": ["home", "office"], "stay": 2},
            "stream": {"per_round": per_round},
            "adaptation": {"steps": steps},
            "participation": {"fraction": fraction},
            "reports": {"evaluate_every": evaluate_every},
        },
        "benchmark",
    )


def write_run(folder: Path, config: MovingConfig) -> Path:
    """Write a run folder whose environments hold generated embeddings, ready for an engine."""
    with claim(folder, config):
        pass
    counts = {"train": PER_DEVICE * config.devices.count, "validation": HELD_OUT, "test": HELD_OUT}
    write_places(folder, config, counts, (ACOUSTIC, LEXICAL))
    return folder


def write_places(folder: Path, config: MovingConfig, counts: dict[str, int], widths: tuple[int, int]) -> None:
    """Write generated speech of every place, `counts` utterances a split, embeddings of `widths`, and settings."""
    n, speakers = sum(counts.values()), max(config.devices.count, 3)
    for k, place in enumerate(config.environments):
        stream = np.random.default_rng(k)
        table = pd.DataFrame(
            {
                "utterance": [f"u{i}" for i in range(n)],
                "speaker": [f"s{i % speakers}" for i in range(n)],
                "gender": "",
                "split": np.repeat(list(counts), list(counts.values())),
                "duration_s": 3.0,
                "activation": stream.uniform(-1, 1, n),
                "valence": stream.uniform(-1, 1, n),
            }
        )
        vectors = [stream.normal(size=(n, d)).astype(np.float32) for d in widths]
        write_environment(folder / "data" / str(k), place.name, table, *vectors)
    (folder / "data" / SETTINGS).write_text(config.device_settings().model_dump_json(), encoding="utf-8")


class PeakMemory:
    """The most memory of this process and its workers together, what they share counted once (PSS), in MB."""

    def __init__(self) -> None:
        self.peak_mb = 0.0
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            pids = [os.getpid(), *(child.pid for child in multiprocessing.active_children())]
            self.peak_mb = max(self.peak_mb, sum(map(pss_mb, pids)))
            time.sleep(0.5)


def pss_mb(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
    except OSError:  # it has just ended
        return 0.0
    return int(re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)[1]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--devices", type=int, default=1000)
    parser.add_argument("--fraction", type=float, default=0.1)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--arm", default="federated:exper")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp()) / "run"
    try:
        write_run(folder, config_of(options.devices, options.rounds, options.fraction, options.arm))
        began, memory = time.perf_counter(), PeakMemory()
        run_federation(folder, options.devices, options.workers)
        seconds = time.perf_counter() - began
        tasks = round(options.devices * options.fraction) * options.rounds
        print(
            json.dumps(
                vars(options)
                | {
                    "seconds": round(seconds, 1),
                    "ms_per_task": round(1e3 * seconds / tasks, 2),
                    "peak_mb": round(memory.peak_mb),
                }
            )
        )
    finally:
        shutil.rmtree(folder.parent)


if __name__ == "__main__":
    main()
