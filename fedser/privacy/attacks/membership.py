"""The attack `membership`: which utterances of its past a device keeps, by what its models say of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from fedser.arrays import Doubles
from fedser.errors import UserError
from fedser.privacy.attacks.attack import Attack
from fedser.privacy.attacks.finding import Finding
from fedser.privacy.attacks.interval import Interval
from fedser.privacy.attacks.memory_membership import MembershipFinding, MembershipOptions, Trial, infer_membership
from fedser.privacy.attacks.observed import Observed, View
from fedser.privacy.attacks.utterance_scores import by_gain, by_influence, by_loss
from fedser.protocol import Arm
from fedser.training import predict

MembershipScore = Literal["loss", "gain", "influence"]

BORROWED = (
    " This arm keeps no memory: the members are those that {arm} keeps of the same speech, so that what is found "
    "is not due to a memory."
)


@dataclass(frozen=True, eq=False)
class Judged:
    """A device's candidates: what the models say of them, their labels, all (n, 2), and which of them it keeps."""

    cluster: str
    kept: NDArray[np.int64]
    kept_by: str
    labels: Doubles
    before: Doubles
    after: Doubles
    untrained: Doubles

    def trial(self, score: MembershipScore) -> Trial:
        """Return the candidates ranked by a score of the models that travelled."""
        if score == "gain":
            return self._trial(by_gain(self.before, self.after, self.labels))
        return self._trial((by_loss if score == "loss" else by_influence)(self.after, self.labels))

    def untrained_trial(self) -> Trial:
        """Return them ranked by the loss under a model that has learnt nothing."""
        return self._trial(by_loss(self.untrained, self.labels))

    def _trial(self, scores: Doubles) -> Trial:
        return Trial.of(scores, self.kept, self.cluster)


class MembershipAttack(Attack, MembershipOptions):
    """[membership]. `scores`: what the candidates are ranked by."""

    name: ClassVar[str] = "membership"
    title: ClassVar[str] = "Which past utterances a device keeps"
    caption: ClassVar[str] = (
        "AUC (chance .5) and TPR at the low FPR, which is its own chance level. Control of the AUC: members drawn "
        "at random from the others; “untrained”: the true ones, under a model that has learnt nothing."
    )
    headline: ClassVar[str] = "auc"

    scores: list[MembershipScore] = Field(["loss", "gain"], min_length=1)

    def refusal(self, arm: Arm, others: Sequence[Arm]) -> str:
        """Say whose heads stay on the devices, and where nobody keeps anything."""
        if not arm.shares_heads:
            return "its heads stay on the devices, and without them nobody can predict"
        if keeping_arm(arm, others) is None:
            return "it keeps no memory, and neither does another arm of its mode and rule"
        return ""

    def run(self, view: View) -> Iterator[Finding]:
        """Yield AUC and TPR at the low FPR for every score, and the AUC under a model that has learnt nothing.

        Raises UserError where no device has left a place with enough in it.
        """
        judged = list(judge(view.target))
        if not judged:
            raise UserError(
                f"membership ({view.target.arm}): no device has left a place in which it heard at least two "
                "utterances more than it keeps; run more rounds, or take a smaller memory.capacity"
            )
        keeper = judged[0].kept_by
        borrowed = "" if keeper == view.target.arm else BORROWED.format(arm=keeper)
        untrained = [each.untrained_trial() for each in judged]
        for score in self.scores:
            found = infer_membership([each.trial(score) for each in judged], self, view.seed, untrained)
            yield from _findings(score, found, borrowed)


def judge(observed: Observed) -> Iterator[Judged]:
    """Yield the models' predictions for every past with two utterances that are kept and two that are not."""
    model, parameters = observed.working_model()
    for past in observed.pasts():
        if len(past.kept) >= 2 and len(past.examples) - len(past.kept) >= 2:
            said = []
            for vector in (past.before, past.after, past.untrained):
                parameters.restore(vector)
                said.append(predict(model, past.examples))
            yield Judged(past.cluster, past.kept, past.kept_by, past.examples.labels.double().numpy(), *said)


def keeping_arm(like: Arm, arms: Iterable[Arm]) -> Arm | None:
    """Return the arm itself if it has a memory, or else the first of the same mode and rule that has."""
    alike = (arm for arm in (like, *arms) if (arm.mode, arm.rule) == (like.mode, like.rule))
    return next((arm for arm in alike if arm.memory != "none"), None)


def _findings(score: str, found: MembershipFinding, extra: str) -> Iterator[Finding]:
    n, statement, band = found.n_members + found.n_others, found.statement + extra, found.control.band
    p_value = found.control.p_value(found.auc.estimate)
    yield Finding(score, "auc", found.auc, band, n, statement, p_value)
    yield Finding(score, "tpr", found.tpr, Interval.known(found.fpr), n, statement)
    if found.random_model and score == "loss":
        yield Finding("untrained", "auc", found.random_model, band, n, statement)
