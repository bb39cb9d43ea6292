"""What living unrated in a place gains there, loses elsewhere, and what memory saves.

    python -m tests.benchmarks.without_ratings --data FOLDER --runs RUNS > RESULTS/without_ratings.md

`configs/without_ratings.toml`, and two controls with the same arms and seeds:

- *unchanged*: the unrated place is RAVDESS again, the same splits. There is nothing to adapt to.
- *shuffled*: the labels of RAVDESS' training and validation speech are dealt out anew among its utterances, pairs
  together. There is nothing to transfer; what is gained at nEMO all the same is not knowledge of emotion.

The analysis was written before any run was looked at. Per seed and method, mean of activation and valence CCC on
test splits: *gained*, in the unrated place, after it minus before it; *lost*, on RAVDESS, before minus after;
*saved*, lost alone minus lost with the memory. 95 % t-intervals over the seeds, which draw weights, dropout and
memories but not speakers; Holm's correction over the gains of all methods but Finetuning in each table, and over
the savings. A method does what it is for if its gain is above 0 after correction and larger than in both controls.
"""

import argparse
import sys
from itertools import product
from pathlib import Path

import numpy as np
from scipy import stats

from fedser.config import load
from fedser.one_thread import one_thread
from fedser.protocol import Arm
from fedser.protocol.stage_files import read_record
from simulations.one_device.config import PaperConfig
from simulations.one_device.data import embed_environments, store_environments
from simulations.one_device.workers import ProtocolSetup
from simulations.sources import Sources
from tests.benchmarks.small_updates import ccc, holm, interval

CONFIG = Path(__file__).parent.parent.parent / "configs" / "without_ratings.toml"
WORLDS = ("nEMO", "unchanged", "shuffled")


def world(name, data, runs):
    """The configuration and the environments of a world."""
    config = load(CONFIG, PaperConfig)
    if name == "unchanged":
        again = config.environments[0].model_copy(update={"name": "again", "labels": "none"})
        config = config.model_copy(update={"environments": [config.environments[0], again]})
    heard = embed_environments(config, Sources(data), 1)
    if name == "shuffled":
        stream = np.random.default_rng(0)
        tables = [division[0].corpus.table for division in heard]
        for table, split in product(tables, ("train", "validation")):
            rows = np.flatnonzero((table["split"] == split).to_numpy())
            columns = [table.columns.get_loc(target) for target in ("activation", "valence")]
            table.iloc[rows, columns] = table.iloc[stream.permutation(rows), columns].to_numpy()
    store_environments(heard, config.features, runs / name / "data")
    return config


@one_thread()
def train(data, runs, seeds):
    """Train every world, seed and arm that has not been; a seed is whole before the next begins."""
    configs = {name: world(name, data, runs) for name in WORLDS}
    for seed in range(seeds):
        for name, config in configs.items():
            run = ProtocolSetup(config, runs / name / "data", runs / name / "checkpoints").run_of(seed)
            for arm in config.arms:
                run.learn_arm(Arm.parse(arm), lambda arm, stage, epoch: None)
                print(f"seed {seed}, {name}: {arm}", file=sys.stderr, flush=True)


def measured(folder, config):
    """{arm: (seeds, 2)}: gained in the second place, lost in the first."""
    first, second = (section.name for section in config.environments)
    found = {}
    for text in config.arms:
        rows = []
        for seed in sorted((folder / "checkpoints").glob("seed-*"), key=lambda path: int(path.name[5:])):
            before = read_record(seed / "first" / "stage-1.safetensors").record["scores"]
            after = read_record(seed / Arm.parse(text).name / "stage-2.safetensors").record["scores"]
            gained, lost = ccc(after, second) - ccc(before, second), ccc(before, first) - ccc(after, first)
            rows.append((gained, lost))
        found[text] = np.array(rows)
    before = np.array(
        [
            [
                ccc(read_record(seed / "first" / "stage-1.safetensors").record["scores"], place)
                for place in (first, second)
            ]
            for seed in (folder / "checkpoints").glob("seed-*")
        ]
    )
    return found, before.mean(axis=0)


def corrected(series):
    """Holm's p of each name's values against 0; 1 where all are 0."""
    p = [1.0 if np.ptp(v) == 0 else stats.ttest_1samp(v, 0.0).pvalue for v in series.values()]
    return dict(zip(series, holm(p), strict=True))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args()
    train(given.data, given.runs, given.seeds)
    print("    " + (__doc__ or "").split("\n\n")[1].strip() + "\n")
    print(f"{given.seeds} seeds, log-mel, width 64, one split of speakers. CCC, mean of activation and valence.\n")
    for name in WORLDS:
        config = load(CONFIG, PaperConfig)
        if name == "unchanged":
            again = config.environments[0].model_copy(update={"name": "again", "labels": "none"})
            config = config.model_copy(update={"environments": [config.environments[0], again]})
        found, (known, there) = measured(given.runs / name, config)
        tested = corrected({arm: values[:, 0] for arm, values in found.items() if arm != "finetuning"})
        saved = {
            arm: found[alone][:, 1] - values[:, 1]
            for arm, values in found.items()
            if (alone := arm.rpartition("-")[0]) in found
        }
        savings = corrected(saved)
        second = config.environments[1].name
        print(f"### {name}\n\nBefore: RAVDESS {known:.3f}, {second} {there:.3f}.\n")
        print("| method | gained | p (Holm) | lost | saved by memory | p (Holm) |\n| :-- |" + " --: |" * 5)
        for arm, values in found.items():
            p = f"{tested[arm]:.3f}" if arm in tested else "–"
            last = f"{interval(saved[arm])} | {savings[arm]:.3f}" if arm in saved else "– | –"
            print(f"| {arm} | {interval(values[:, 0])} | {p} | {interval(values[:, 1])} | {last} |")
        print()


if __name__ == "__main__":
    main()
