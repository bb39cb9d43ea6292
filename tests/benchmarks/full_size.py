"""The paper's experiment at its full size, on generated embeddings: what it costs in time and memory.

    python -m tests.benchmarks.full_size FOLDER [SEEDS]

Three environments with the utterances of the paper's Table 1 and embeddings of wav2vec2's and BERT's size go
through all nine arms. The embeddings carry the labels through random directions, shifted from environment to
environment, so that early stopping has something to stop at. Prints time and memory, not results.
"""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from fedser.protocol.environment import write_environment
from fedser.seeding import generator
from fedser.vocabulary import SPLITS
from simulations.one_device.config import PAPER_ARMS, PaperConfig
from simulations.one_device.outcome import write_results
from simulations.one_device.workers import ProtocolSetup, train_all
from simulations.progress import meter
from simulations.sections import EnvironmentSection

COUNTS = {
    "MSP-Podcast": (40727, 7012, 13903, 1000),
    "MSP-Improv": (4257, 1156, 1227, 12),
    "IEMOCAP": (4847, 1723, 1657, 10),
}
"""Utterances for training, validation and test (Tavernor et al. 2023, Table 1), and speakers."""

ACOUSTIC, LEXICAL = 768, 512


def write(folder: Path, place: int, name: str) -> None:
    """Write one environment: labels, a table and embeddings that carry the labels."""
    *counts, speakers = COUNTS[name]
    stream = generator(0, "full size", name)
    split = np.repeat(SPLITS, counts)
    n = len(split)
    labels = np.tanh(stream.normal(size=(n, 2)))
    table = pd.DataFrame(
        {
            "utterance": [f"{name}-{k:05d}" for k in range(n)],
            "speaker": [f"{part}{k}" for part, k in zip(split, stream.integers(speakers, size=n), strict=True)],
            "gender": stream.choice(["female", "male"], n),
            "split": split,
            "duration_s": stream.uniform(3, 15, n),
            "activation": labels[:, 0],
            "valence": labels[:, 1],
        }
    )
    acoustic = embed(labels, ACOUSTIC, place, stream)
    write_environment(folder / str(place), name, table, acoustic, embed(labels, LEXICAL, place, stream))


def embed(labels: np.ndarray, dimension: int, place: int, stream: np.random.Generator) -> np.ndarray:
    """Return (n, dimension): labels through directions half shared between environments, an offset and noise."""
    shared = generator(0, "directions", dimension).normal(size=(2, dimension))
    own = generator(0, "directions", dimension, place).normal(size=(2, dimension))
    offset = generator(0, "offset", dimension, place).normal(size=dimension)
    noise = stream.normal(size=(len(labels), dimension)) * 12
    return (labels @ (shared + own) + offset + noise).astype(np.float32)


def main() -> None:
    folder, seeds = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    for place, name in enumerate(COUNTS):
        write(folder / "data", place, name)
    environments = [EnvironmentSection(name=name, corpus="manifest", root=name) for name in COUNTS]
    config = PaperConfig(seeds=seeds, arms=PAPER_ARMS, environments=environments)
    setup = ProtocolSetup(config, folder / "data", folder / "checkpoints")
    arms = config.parsed_arms()
    began = time.perf_counter()
    with meter("training", seeds * (1 + len(arms))) as progress:
        train_all(setup, arms, 2, progress)
    seconds = time.perf_counter() - began
    write_results(folder, setup, arms)
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    costs = pd.read_csv(folder / "costs.csv", keep_default_na=False)
    result = {
        "seeds": seeds,
        "arms": len(arms),
        "minutes_on_two_processes": round(seconds / 60, 1),
        "peak_memory_mb_of_the_largest_process": round(peak / 1024),
        "epochs": costs.groupby(["method", "memory", "stage"])["epochs"].mean().reset_index().to_numpy().tolist(),
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
