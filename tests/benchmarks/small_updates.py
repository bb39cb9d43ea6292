"""Does ExpeR overfit to its memory when that outweighs what is new, and GEM not? (Tavernor et al. 2023, § 4.3)

    python -m tests.benchmarks.small_updates --data FOLDER --runs RUNS > tests/benchmarks/results/small_updates.md

`configs/small_updates.toml` with two updates of n = 8, 16, 32, 64, 128 utterances; the model of RAVDESS, which
n does not touch, is trained once for each seed. The analysis was written before any run was looked at. Per seed,
method and n, mean of activation and valence CCC:

- *overfitting*: (CCC on the memory's utterances − CCC on the test split of RAVDESS) after the updates, minus the
  same when RAVDESS was left. Positive: the model has come to know its memory better than what it stands for.
- *kept*: CCC on RAVDESS' test split after the updates, minus that when it was left. *learnt*: the same on nEMO.

Five questions, t-tests over the seeds with Holm's correction over the five:
1. ExpeR overfits at n = 8.  2. GEM overfits at n = 8.  3. ExpeR overfits more than GEM at n = 8 (paired).
4. ExpeR overfits the more the smaller n: slope over log₂ n, per seed.  5. The same for GEM.
The paper's claim asks for 1, 3 and 4, and not 2. Control: `matched`, as many steps an epoch as ExpeR with none of
its memory, whose overfitting is that of forgetting alone.
"""

import argparse
import shutil
import sys
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

SIZES = (8, 16, 32, 64, 128)
ARMS = {"finetuning": "Finetuning", "matched-random": "Finetuning, steps as ExpeR", "exper-random": "ExpeR"} | {
    "gem-random": "GEM"
}
MEASURES = ("overfitting", "kept", "learnt")


CONFIG = Path(__file__).parent.parent.parent / "configs" / "small_updates.toml"


@one_thread()
def train(data, runs, seeds):
    """Train every seed, size and arm that has not been; a seed is whole before the next begins."""
    config = load(CONFIG, PaperConfig)
    heard = embed_environments(config, Sources(data), 1)
    store_environments(heard, config.features, runs / "data")
    for seed in seeds:
        for n in SIZES:
            sized = load(CONFIG, PaperConfig, [f"updates.size={n}", f"updates.utterances={2 * n}"])
            folder = runs / f"size-{n}" / "checkpoints"
            first = Path(f"seed-{seed}") / "first"
            if n != SIZES[0] and not (folder / first).exists():
                shutil.copytree(runs / f"size-{SIZES[0]}" / "checkpoints" / first, folder / first)
            run = ProtocolSetup(sized, runs / "data", folder).run_of(seed)
            for arm in config.arms:
                run.learn_arm(Arm.parse(arm), lambda arm, stage, epoch: None)
                print(f"seed {seed}, updates of {n}: {arm}", file=sys.stderr, flush=True)


def ccc(scores, environment):
    """Mean of activation and valence CCC on a test split."""
    return np.mean(
        [v for place, split, _, metric, v in scores if (place, split, metric) == (environment, "test", "ccc")]
    )


def on_memory(scores):
    return np.mean([value for name, value in scores.items() if name.endswith("/ccc")])


def measured(folder, seeds):
    """{arm: (seeds, measures)}, NaN where a method keeps no memory."""
    found = {}
    for arm in ARMS:
        rows = []
        for seed in (folder / "checkpoints" / f"seed-{k}" for k in seeds):
            before = read_record(seed / "first" / "stage-1.safetensors").record["scores"]
            record = read_record(seed / arm / "stage-2.safetensors").record
            kept, learnt = (ccc(record["scores"], p) - ccc(before, p) for p in ("RAVDESS", "nEMO"))
            overfitting = np.nan
            for memory in record["memories"]:
                overfitting = on_memory(memory["scores"]) - on_memory(memory["scores_when_left"]) - kept
            rows.append((overfitting, kept, learnt))
        found[arm] = np.array(rows)
    return found


def interval(values):
    """Mean and half the width of its 95 % interval."""
    if np.isnan(values).any():
        return "–"
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return f"{values.mean():+.3f} ± {half:.3f}"


def holm(p):
    order, corrected, least = np.argsort(p), np.zeros(len(p)), 0.0
    for rank, k in enumerate(order):
        least = max(least, min(1.0, (len(p) - rank) * p[k]))
        corrected[k] = least
    return corrected


def figure(path, found):
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams |= {"svg.hashsalt": "small updates", "svg.fonttype": "none"}
    from matplotlib import pyplot as plt

    drawn, axes = plt.subplots(1, 3, figsize=(10, 3), sharex=True)
    for axis, (k, measure) in zip(axes, enumerate(MEASURES), strict=True):
        for arm, title in ARMS.items():
            values = np.stack([found[n][arm][:, k] for n in SIZES])
            if np.isnan(values).all():
                continue
            spread = values.std(axis=1, ddof=1) / np.sqrt(values.shape[1])
            half = stats.t.ppf(0.975, values.shape[1] - 1) * spread
            axis.errorbar(SIZES, values.mean(axis=1), half, label=title, capsize=2)
        axis.axhline(0, color="grey", linewidth=0.5)
        axis.set(title=measure, xlabel="utterances in an update", xscale="log")
        axis.set_xticks(SIZES, [str(n) for n in SIZES], minor=False)
        axis.minorticks_off()
    axes[0].set_ylabel("CCC, mean ± 95 %")
    axes[1].legend(fontsize=6)
    drawn.tight_layout()
    drawn.savefig(path, metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    given = parser.parse_args()
    chosen = range(given.first, given.first + given.seeds)
    train(given.data, given.runs, chosen)
    runs = given.runs
    found = {n: measured(runs / f"size-{n}", chosen) for n in SIZES}
    print("    " + "\n    ".join((__doc__ or "").split("\n\n")[1].strip().splitlines()) + "\n")
    seeds = f"seeds {chosen[0]} to {chosen[-1]}"
    print(f"RAVDESS, then nEMO in two updates of n, memory 261; log-mel, width 64; {seeds}.\n")
    for k, measure in enumerate(MEASURES):
        print(f"### {measure}\n\n| method | " + " | ".join(f"n = {n}" for n in SIZES) + " |")
        print("| :-- |" + " --: |" * len(SIZES))
        for arm, title in ARMS.items():
            print(f"| {title} | " + " | ".join(interval(found[n][arm][:, k]) for n in SIZES) + " |")
        print()
    exper, gem = (np.stack([found[n][arm][:, 0] for n in SIZES], axis=1) for arm in ("exper-random", "gem-random"))
    slopes = [np.polyfit(np.log2(SIZES), one.T, 1)[0] for one in (exper, gem)]
    questions = {
        "1. ExpeR at n = 8": exper[:, 0],
        "2. GEM at n = 8": gem[:, 0],
        "3. ExpeR − GEM at n = 8": exper[:, 0] - gem[:, 0],
        "4. ExpeR per doubling of n": slopes[0],
        "5. GEM per doubling of n": slopes[1],
    }
    p = holm([stats.ttest_1samp(values, 0.0).pvalue for values in questions.values()])
    print("| overfitting | mean ± 95 % | p (Holm) |\n| :-- | --: | --: |")
    for (name, values), value in zip(questions.items(), p, strict=True):
        print(f"| {name} | {interval(values)} | {value:.3f} |")
    figure(Path(__file__).parent / "results" / "small_updates.svg", found)


if __name__ == "__main__":
    main()
