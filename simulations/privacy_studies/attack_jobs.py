"""The attacks as jobs that any process can do: one study of one arm each."""

from dataclasses import dataclass

from fedser.errors import UserError
from fedser.privacy.attacks import Update
from simulations.privacy_studies.attacked import Attacked, updates_of
from simulations.privacy_studies.config import AttackConfig
from simulations.privacy_studies.inversion_study import inversion_rows
from simulations.privacy_studies.membership_study import membership_rows
from simulations.privacy_studies.owner_studies import attribute_rows, linkage_rows
from simulations.privacy_studies.rows import Row

STUDIES = ("attribute", "linkage", "membership", "inversion")
"""In the order of attacks.csv."""

OF_ARMS = ("linkage", "membership")


@dataclass(frozen=True)
class AttackJob:
    """An arm, by its place among those that share, and a study; attribute inference by its kind of features."""

    arm: int
    study: str


def do(job: AttackJob, config: AttackConfig, shadow: Attacked, target: Attacked) -> list[Row]:
    """Return the findings of a job; raises UserError where nothing was sent that could be attacked."""
    arm = target.arms[job.arm]
    name = target.name_of(job.arm)
    asked = _sent(target, job.arm, "target")
    if job.study == "membership":
        return membership_rows(target, arm, config.membership, config.seed)
    if job.study == "inversion":
        return inversion_rows(target, config.inversion, config.seed)
    layout = target.layout(arm)
    if job.study == "linkage":
        return linkage_rows(name, asked, layout, config.linkage, config.seed)
    known = _sent(shadow, shadow.names.index(name), "shadow")
    one = config.attribute.model_copy(update={"kinds": [job.study]})
    return attribute_rows(name, known, asked, layout, one, config.seed)


def _sent(attacked: Attacked, arm: int, who: str) -> list[Update]:
    updates = updates_of(attacked, attacked.arms[arm])
    if not updates:
        raise UserError(
            f"attack on {attacked.name_of(arm)}: the {who}'s server has seen no update of a single device, as "
            "under a secure sum; there is nothing to attack"
        )
    return updates
