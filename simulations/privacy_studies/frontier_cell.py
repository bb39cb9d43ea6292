"""What one cell of a frontier comes to: ε, utility and leakage of every arm and seed."""

import math
from dataclasses import dataclass

import pandas as pd

from fedser.privacy.attacks import infer_attribute
from fedser.protocol import Arm
from fedser.results import files
from fedser.results.moving import PRIVACY, read_moving_run
from fedser.results.moving.measures import FORGETTING, GLOBAL
from simulations.privacy_studies.attacked import Attacked, updates_of
from simulations.privacy_studies.config import FrontierConfig
from simulations.privacy_studies.membership_study import infer, keeping_arm, pasts_of
from simulations.privacy_studies.noisy_view import NoisyView

Row = dict[str, object]


@dataclass(frozen=True)
class Cell:
    """A target federation at one noise multiplier and capacity, and the adversary's own under the same clip."""

    noise: float
    capacity: int
    shadow: Attacked
    target: Attacked

    def view(self, who: str, arm: Arm) -> NoisyView:
        """Return how an observer sees the updates of the shadow or of the target."""
        clip = self.target.config.privacy.clip or 0.0
        return NoisyView(self.noise * clip, who, arm.name)


def rows_of_cell(config: FrontierConfig, cell: Cell) -> list[Row]:
    """Return the rows of frontier.csv for all arms and seeds of a cell."""
    run = read_moving_run(cell.target.run)
    spent = files.read(cell.target.run, "privacy.csv", PRIVACY)
    rows: list[Row] = []
    for arm in cell.target.arms:
        measures = run.measures[arm, "activation", "ccc"]
        for seed in range(cell.target.config.seeds):
            rows.append(
                {
                    "noise_multiplier": cell.noise,
                    "capacity": cell.capacity,
                    "mode": arm.mode,
                    "method": arm.method,
                    "memory": arm.memory,
                    "seed": seed,
                    "epsilon": _epsilon(spent, seed, arm),
                    "ccc": float(measures.by_seed[GLOBAL][seed]),
                    "forgetting": float(measures.by_seed[FORGETTING][seed]),
                    "gender_uar": _gender(config, cell, arm, seed),
                    "membership_auc": _membership(config, cell, arm, seed),
                }
            )
    return rows


def _epsilon(spent: pd.DataFrame, seed: int, arm: Arm) -> float:
    own = arm.rows_of(spent)
    values = own.loc[own["seed"] == seed, "epsilon"]
    return float(values.max()) if len(values) else math.nan


def _gender(config: FrontierConfig, cell: Cell, arm: Arm, seed: int) -> float:
    """Return the UAR over the devices of one seed, at the first number of leaked rounds that is asked for."""
    options = config.attribute
    shadow = cell.view("shadow", arm).of_updates(updates_of(cell.shadow, arm))
    target = cell.view("target", arm).of_updates(updates_of(cell.target, arm, range(seed, seed + 1)))
    known, asked = ([u for u in part if u.attribute] for part in (shadow, target))
    layer = (options.layers or ["trunk.0"])[0]
    layout = cell.target.layout(arm)
    kind, leaked = options.of_kind(options.kinds[0]), options.leaked_rounds[:1]
    (finding,) = infer_attribute(known, asked, layout, layer, kind, config.seed, leaked)
    return finding.uar.estimate


def _membership(config: FrontierConfig, cell: Cell, arm: Arm, seed: int) -> float:
    """Return the AUC of one seed's devices; NaN where heads are not shared, or nobody keeps anything."""
    keeper = arm if arm.memory != "none" else keeping_arm(cell.target, arm)
    if keeper is None or arm.mode != "federated":
        return math.nan
    view = cell.view("target", arm)
    pasts = list(pasts_of(cell.target, arm, keeper, range(seed, seed + 1), view))
    score = config.membership.scores[0]
    return infer(pasts, score, config.membership, config.seed, arm.name).auc.estimate
