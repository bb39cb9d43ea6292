"""What hostile devices do to the shared model, by rule: configs/poisoning.toml, once for each kind.

    python -m tests.benchmarks.poisoning --data FOLDER --runs FOLDER

Runs that are finished below --runs are only read. The run without hostile devices is the control: seed by seed it
has the same devices, speech and first model. Writes results/poisoning.md.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np

from fedser.protocol.arms import Arm
from fedser.results.moving.measures import GLOBAL
from fedser.results.moving.run import MovingRun, read_moving_run
from fedser.vocabulary import TARGETS

RESULTS = Path(__file__).parent / "results" / "poisoning.md"
CONFIG = Path("configs/poisoning.toml")
KINDS = {
    "none": ("adversary.share=0.0",),
    "sign-flip": ("adversary.kind=sign-flip",),
    "scaling": ("adversary.kind=scaling",),
}


def simulate(kind: str, data: Path, runs: Path) -> MovingRun:
    """Return the finished run of a kind."""
    changes = [word for change in KINDS[kind] for word in ("--set", change)]
    command = [sys.executable, "-m", "fedser", "simulate", str(CONFIG), "--data", str(data)]
    subprocess.run([*command, "--run", str(runs / kind), *changes], check=True)
    return read_moving_run(runs / kind)


def accuracy(run: MovingRun, arm: Arm) -> np.ndarray:
    """Return the shared model's CCC at the end, mean over targets and environments, (seeds,)."""
    return np.mean([run.measures[arm, target, "ccc"].by_seed[GLOBAL] for target in TARGETS], axis=0)


def success(run: MovingRun, arm: Arm) -> np.ndarray:
    """Return the attack success that Table 9 has, (seeds,)."""
    told = run.record["adversary"]["success"]
    found = {entry["seed"]: entry["after"] for entry in told if entry["arm"] == arm.name}
    return np.array([found[seed] for seed in run.seeds])


def cell(values: np.ndarray) -> str:
    """Return mean ± standard deviation (n − 1) over the seeds."""
    return f"{values.mean():.3f} ± {values.std(ddof=1):.3f}".replace("-", "−")


def table(found: dict[str, MovingRun]) -> str:
    """Return the table as Markdown."""
    clean = found["none"]
    attacks = [kind for kind in found if kind != "none"]
    start = np.mean([clean.server(clean.arms[0], target, "ccc")[:, 0].mean(axis=1) for target in TARGETS], axis=0)
    columns = [f"{kind}: {what}" for kind in attacks for what in ("CCC", "lost", "success")]
    header = ["rule", "nobody hostile", *columns]
    lines = [header, ["--"] * len(header), ["shared model, before", cell(start), *["–"] * (len(header) - 2)]]
    for arm in clean.arms:
        row = [arm.rule, cell(accuracy(clean, arm))]
        for kind in attacks:
            under = accuracy(found[kind], arm)
            row += [cell(under), cell(accuracy(clean, arm) - under), cell(success(found[kind], arm))]
        lines.append(row)
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main() -> None:
    """Run what is missing and write the result."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True)
    chosen = parser.parse_args()
    found = {kind: simulate(kind, chosen.data, chosen.runs) for kind in KINDS}
    clean, hostile = found["none"], found["sign-flip"].record["adversary"]["devices"]
    text = f"""<!-- python -m tests.benchmarks.poisoning --data FOLDER --runs FOLDER -->

{CONFIG}: {len(hostile["0"])} of {clean.devices} devices are hostile, {clean.rounds} rounds,
mean ± standard deviation (n − 1) over {len(clean.seeds)} seeds. CCC: of the shared model at the end, mean of
activation and valence over the environments. lost: against the same rule, seeds and devices with nobody hostile.
success: the share of its CCC that the shared model has lost since before any device had learnt, as in Table 9.

{table(found)}
"""
    RESULTS.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
