"""The attacks as jobs that any process can do: one attack, or a part of it, on one arm."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedser.errors import UserError
from fedser.privacy.attacks import Attack, View
from fedser.protocol import Arm
from fedser.results.files import CsvRow
from simulations.moving.config import MovingConfig
from simulations.privacy_studies.attacked import Attacked
from simulations.privacy_studies.observed_arm import ObservedArm
from simulations.privacy_studies.refusals import attacked_arms

"""Of attacks.csv."""


@dataclass(frozen=True)
class AttackJob:
    """An attack with its options on an arm."""

    attack: Attack
    arm: Arm

    @property
    def label(self) -> str:
        """Return what a log says of it."""
        return f"{self.arm.name}: {self.attack.name}"


def jobs_of(attacks: Sequence[Attack], target: MovingConfig) -> list[AttackJob]:
    """Return the jobs in the order of the rows of attacks.csv: by attack, arm and part."""
    pairs = [(attack, arm) for attack in attacks for arm in attacked_arms(attack, target)]
    return [AttackJob(part, arm) for attack, arm in pairs for part in attack.parts()]


def do(job: AttackJob, shadow: Attacked, target: Attacked, seed: int) -> list[CsvRow]:
    """Return the findings of a job; raises UserError where nothing was sent that could be attacked."""
    view = View(_observed(target, job.arm, "target"), _observed(shadow, job.arm, "shadow"), seed)
    return [finding.row(job.attack.name, job.arm.name) for finding in job.attack.run(view)]


def _observed(run: Attacked, arm: Arm, who: str) -> ObservedArm:
    if not any(received.updates for seed in range(run.config.seeds) for received in run.received(seed, arm)):
        raise UserError(
            f"attack on {arm.name}: the {who}'s server has seen no update of a single device that changed "
            "anything; there is nothing to attack"
        )
    return ObservedArm(run, arm, range(run.config.seeds))
