"""What one cell of a frontier comes to: ε, utility and leakage of every arm and seed."""

import math
from dataclasses import dataclass

import pandas as pd

from fedser.privacy.attacks import Interval, View
from fedser.protocol import Arm
from fedser.results import files
from fedser.results.files import CsvRow
from fedser.results.moving import PRIVACY, read_moving_run
from fedser.results.moving.measures import FORGETTING, GLOBAL
from fedser.results.privacy.leaks import columns_of
from simulations.privacy_studies.attacked import Attacked
from simulations.privacy_studies.config import FrontierConfig
from simulations.privacy_studies.noisy_view import NoisyView
from simulations.privacy_studies.observed_arm import ObservedArm
from simulations.privacy_studies.refusals import refusals


@dataclass(frozen=True)
class FrontierCell:
    """A target federation at one noise multiplier and capacity, and the adversary's own under the same clip."""

    noise: float
    capacity: int
    shadow: Attacked
    target: Attacked

    def view(self, arm: Arm, seed: int, of: int) -> View:
        """Return how an observer sees one seed of an arm, and all of the shadow; `of` is the attack's own seed."""
        std = self.noise * (self.target.config.privacy.clip or 0.0)

        def observed(run: Attacked, who: str, seeds: range) -> ObservedArm:
            return ObservedArm(run, arm, seeds, NoisyView(std, who, arm.name))

        target = observed(self.target, "target", range(seed, seed + 1))
        return View(target, observed(self.shadow, "shadow", range(self.shadow.config.seeds)), of)


def rows_of_cell(config: FrontierConfig, cell: FrontierCell) -> list[CsvRow]:
    """Return the rows of frontier.csv for all arms and seeds of a cell."""
    run = read_moving_run(cell.target.run)
    spent = files.read(cell.target.run, "privacy.csv", PRIVACY)
    rows: list[CsvRow] = []
    for arm in cell.target.arms:
        measures = run.measures[arm, "activation", "ccc"]
        for seed in range(cell.target.config.seeds):
            rows.append(
                {
                    "noise_multiplier": cell.noise,
                    "capacity": cell.capacity,
                    **arm.row(),
                    "seed": seed,
                    "epsilon": _epsilon(spent, seed, arm) if cell.noise else math.inf,
                    "ccc": float(measures.by_seed[GLOBAL][seed]),
                    "forgetting": float(measures.by_seed[FORGETTING][seed]),
                    **_leaked(config, cell, arm, seed),
                }
            )
    return rows


def _epsilon(spent: pd.DataFrame, seed: int, arm: Arm) -> float:
    own = arm.rows_of(spent)
    values = own.loc[own["seed"] == seed, "epsilon"]
    return float(values.max()) if len(values) else math.nan


def _leaked(config: FrontierConfig, cell: FrontierCell, arm: Arm, seed: int) -> CsvRow:
    """Return what each attack finds first in the devices of one seed; NaN where that is nothing."""
    row: CsvRow = {}
    for measure, attack in config.leaks.items():
        found = Interval.known(math.nan)
        if arm not in refusals(attack, cell.target.config):
            found = next((one.estimate for one in attack.run(cell.view(arm, seed, config.seed))), found)
        row |= dict(zip(columns_of(measure), (found.estimate, found.low, found.high), strict=True))
    return row
