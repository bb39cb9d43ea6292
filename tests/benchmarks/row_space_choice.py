"""Which form of the row-space check stands noise best, chosen on the adversary's own devices, never on a target.

    python -m tests.benchmarks.row_space_choice --data FOLDER --run FOLDER

The shadow federation of configs/privacy_frontier_speakers.toml (nEMO, three seeds), its clip, and noise as its
targets have it. Six forms: the space, the likelihood, or both as z-scores; of the last round, or added over all
rounds since a device left. `by_row_space` takes the one with the highest AUC, mean over arms and noises.
Writes results/row_space_choice.md.
"""

import argparse
from pathlib import Path

import numpy as np
from scipy import stats

from fedser.config import load
from fedser.one_thread import one_thread
from fedser.privacy.attacks.observed import LeftPlace
from fedser.privacy.attacks.roc import auc
from fedser.privacy.attacks.row_space import evidence
from fedser.privacy.attacks.update import ParameterLayout
from simulations.privacy_studies.attacked import Attacked, run_federation
from simulations.privacy_studies.config import FrontierConfig
from simulations.privacy_studies.noisy_view import NoisyView
from simulations.privacy_studies.observed_arm import ObservedArm
from simulations.sources import RunContext, Sources

CONFIG = Path("configs/privacy_frontier_speakers.toml")
RESULTS = Path(__file__).parent / "results" / "row_space_choice.md"
NOISES = (0.01, 0.03, 0.1)
ARMS = ("federated:exper-random", "federated:gem-random")
SEEDS = 3
FORMS = {"space": (True, False), "likelihood": (False, True), "both": (True, True)}


def areas(past: LeftPlace, layout: ParameterLayout) -> dict[str, float]:
    """Return the AUC of each form on one device's past."""
    embeddings = past.examples.acoustic.double().numpy()
    found = {}
    for rounds, sent in (("last round", past.sent[-1:]), ("all rounds", past.sent)):
        seen = evidence(sent, layout, embeddings)
        for form, (space, likelihood) in FORMS.items():
            scores = space * stats.zscore(seen.inside) + likelihood * stats.zscore(seen.likely)
            found[f"{form}, {rounds}"] = auc(scores[past.kept], np.delete(scores, past.kept))
    return found


def measured(run: Attacked, clip: float) -> dict[tuple[float, str], dict[str, float]]:
    """Return the mean AUC over devices and seeds, by noise and arm, of each form."""
    found = {}
    for noise in NOISES:
        for arm in (arm for arm in run.arms if arm.name in ARMS):
            observed = ObservedArm(run, arm, range(SEEDS), NoisyView(noise * clip, "choice", arm.name))
            each = [areas(past, observed.layout) for past in observed.pasts()]
            found[noise, arm.name] = {form: float(np.mean([one[form] for one in each])) for form in each[0]}
    return found


def table(found: dict[tuple[float, str], dict[str, float]]) -> str:
    """Return the table as Markdown, the form that wins in bold."""
    forms = list(next(iter(found.values())))
    means = {form: float(np.mean([areas[form] for areas in found.values()])) for form in forms}
    best = max(means, key=means.__getitem__)
    columns = [f"{arm.removeprefix('federated:').removesuffix('-random')}, σ = {noise:g}" for noise, arm in found]
    lines = ["| form | " + " | ".join([*columns, "mean"]) + " |", "| :-- |" + " --: |" * (len(columns) + 1)]
    for form in forms:
        cells = [f"{areas[form]:.3f}" for areas in found.values()] + [f"{means[form]:.3f}"]
        lines.append(f"| {f'**{form}**' if form == best else form} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


@one_thread()
def main() -> None:
    """Run the shadow federation, or take it up, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    arguments = parser.parse_args()
    study = load(CONFIG, FrontierConfig)
    shadow = study.shadow_of(study.sweep.capacity[0], CONFIG).model_copy(update={"seeds": SEEDS})
    context = RunContext(arguments.run, Sources(arguments.data), workers=1)
    run = run_federation(shadow, context, arguments.run.with_name(f"{arguments.run.name}-speech"))
    text = table(measured(run, study.sweep.clip))
    head = "# The row-space check under noise, on devices of the adversary's own (nEMO, three seeds): AUC\n"
    command = "`python -m tests.benchmarks.row_space_choice --data FOLDER --run FOLDER`"
    RESULTS.write_text(f"{head}\n{command}\n\n{text}\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
