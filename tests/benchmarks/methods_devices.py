"""All methods, rules and personal models on moving devices: one row an arm, tested against one baseline.

python -m tests.benchmarks.methods_devices RUN [ARM left out …] > tests/benchmarks/results/methods_devices.md

RUN is a finished folder of `fedser simulate configs/methods_devices.toml`. CCC is the mean of activation and
valence, of the devices' own models after the last round, mean over places and devices; its worst decile;
what was forgotten; and the global model's. p: paired t-tests over the seeds against Federated Finetuning,
two-sided, with Holm's correction over all in the table. Costs are of a device in a round in which it trained.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy import stats

from fedser.protocol import Arm
from fedser.protocol.arms import arms_of
from fedser.results.moving.measures import AVERAGE, FORGETTING, GLOBAL, WORST
from fedser.results.moving.run import read_moving_run
from fedser.vocabulary import TARGETS
from tests.benchmarks.small_updates import holm

BASELINE = Arm.parse_shared("federated:finetuning")
TESTED = (AVERAGE, FORGETTING)


def values(run, arm, measure):
    """One number a seed: the mean over both targets."""
    return np.mean([run.measures[arm, target, "ccc"].by_seed[measure] for target in TARGETS], axis=0)


def shown(numbers):
    """Mean ± standard deviation (n − 1); – where there is none."""
    if np.isnan(numbers).any():
        return "–"
    return f"{numbers.mean():.3f} ± {numbers.std(ddof=1):.3f}" if len(numbers) > 1 else f"{numbers.mean():.3f}"


def corrected(run):
    """Holm's p of every test, by (arm, measure)."""
    pairs = [(arm, measure) for arm in run.arms if arm != BASELINE for measure in TESTED]
    p = [stats.ttest_rel(values(run, arm, m), values(run, BASELINE, m)).pvalue for arm, m in pairs]
    return dict(zip(pairs, holm(np.nan_to_num(p, nan=1.0)), strict=True))


def mark(run, arm, measure, p):
    """*, † for better, worse than the baseline at a corrected p below .05."""
    if p.get((arm, measure), 1.0) >= 0.05:
        return ""
    better = (values(run, arm, measure).mean() > values(run, BASELINE, measure).mean()) == (measure == AVERAGE)
    return "\\*" if better else "†"


def main(folder, *left_out):
    """Print the table."""
    run = read_moving_run(Path(folder))
    run = replace(run, arms=tuple(arm for arm in run.arms if arm.name not in left_out))
    costs = run.costs[run.costs["outcome"] == "trained"]
    of = np.array([arm.name for arm in arms_of(costs)])
    p = corrected(run) if len(run.seeds) > 1 else {}
    print(
        f"{len(run.seeds)} seeds, {run.devices} devices, {run.rounds} rounds. * better, † worse, p < .05, Holm.\n"
    )
    head = [
        "arm",
        "own models",
        "p",
        "worst decile",
        "forgetting",
        "p",
        "global",
        "MB up",
        "MB down",
        "kB kept",
        "steps",
    ]
    print("| " + " | ".join(head) + " |\n| :-- |" + " --: |" * (len(head) - 1))
    for arm in run.arms:
        mean = costs[of == arm.name][["bytes_up", "bytes_down", "memory_bytes", "steps"]].mean()
        said = [f"{p[arm, m]:.3f}" if (arm, m) in p else "–" for m in TESTED]
        cells = [
            arm.label,
            shown(values(run, arm, AVERAGE)) + mark(run, arm, AVERAGE, p),
            said[0],
            shown(values(run, arm, WORST)),
            shown(values(run, arm, FORGETTING)) + mark(run, arm, FORGETTING, p),
            said[1],
            shown(values(run, arm, GLOBAL)) if arm.shares else "–",
            f"{mean['bytes_up'] / 1e6:.2f}",
            f"{mean['bytes_down'] / 1e6:.2f}",
            f"{mean['memory_bytes'] / 1e3:.0f}",
            f"{mean['steps']:.1f}",
        ]
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main(*sys.argv[1:])
