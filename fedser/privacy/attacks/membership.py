"""The attack `membership`: which utterances of its past a device keeps, by what its models say of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from fedser.arrays import Doubles
from fedser.errors import UserError
from fedser.privacy.attacks.attack import Attack
from fedser.privacy.attacks.finding import Finding
from fedser.privacy.attacks.interval import Interval
from fedser.privacy.attacks.likelihood_ratio import ErrorsOf, ShadowModels, by_likelihood_ratio
from fedser.privacy.attacks.memory_membership import (
    LOSS,
    RATIO,
    SPACE,
    MembershipFinding,
    MembershipOptions,
    Trial,
    infer_membership,
    matched_others,
)
from fedser.privacy.attacks.observed import LeftPlace, Observed, View
from fedser.privacy.attacks.row_space import by_row_space
from fedser.privacy.attacks.update import ParameterLayout
from fedser.privacy.attacks.utterance_scores import by_gain, by_influence, by_loss, squared_error
from fedser.protocol import Arm
from fedser.seeding import generator
from fedser.training import predict

MembershipScore = Literal["row-space", "lira", "loss", "gain", "influence"]

BORROWED = (
    " This arm keeps no memory: the members are those that {arm} keeps of the same speech, so that what is found "
    "is not due to a memory."
)
STATEMENTS = {"row-space": SPACE, "lira": RATIO}
"""By score; the others are of the loss."""
MATCHED = " The others are only those heard in the same rounds as members: no member is newer than they are."


@dataclass(frozen=True, eq=False)
class Judged:
    """A device's candidates (n): their scores, which of them it keeps, and when it last heard them."""

    speaker: str
    kept: NDArray[np.int64]
    kept_by: str
    heard_in: NDArray[np.int64]
    scores: Mapping[str, Doubles]

    def trial(self, score: str) -> Trial:
        """Return the candidates ranked by a score; "untrained": the loss under a model that has learnt nothing."""
        return Trial.of(self.scores[score], self.kept, self.speaker)

    def matched(self, score: str, stream: np.random.Generator) -> Trial | None:
        """Return members against others that were last heard in the same rounds; None where there are none."""
        outside = np.setdiff1d(np.arange(len(self.heard_in)), self.kept)
        members = self.kept[np.isin(self.heard_in[self.kept], self.heard_in[outside])]
        if not len(members):
            return None
        others = matched_others(self.kept, self.heard_in, stream)
        return Trial(self.scores[score][members], self.scores[score][others], self.speaker)


class MembershipAttack(Attack, MembershipOptions):
    """[membership]."""

    name: ClassVar[str] = "membership"
    title: ClassVar[str] = "Which past utterances a device keeps"
    caption: ClassVar[str] = (
        "AUC (chance .5) and TPR at the low FPR, which is its own chance level. “row-space”: whether an embedding "
        "lies in the row space of the first layer's updates; “lira”: how far its loss lies below what shadow "
        "models without it say. Control of the AUC: members drawn at random from the others; “same rounds”: "
        "against others that are as new as the members; “untrained”: the true ones, under a model that has learnt "
        "nothing."
    )
    headline: ClassVar[str] = "auc"

    scores: list[MembershipScore] = Field(["row-space", "lira", "loss", "gain"], min_length=1)
    """What the candidates are ranked by."""
    shadows: int = Field(16, ge=2, le=10_000)
    """Of "lira": how many models of a round lack a candidate, at least."""
    shadow_rounds: int | None = Field(None, ge=1, le=100_000)
    """Of "lira": how many rounds are lived again, the latest ones; all by default."""

    def refusal(self, arm: Arm, others: Sequence[Arm]) -> str:
        """Say whose heads stay on the devices, and where nobody keeps anything."""
        if not arm.shares_heads and "row-space" not in self.scores:
            return "its heads stay on the devices, and without them nobody can predict; row-space needs none"
        if keeping_arm(arm, others) is None:
            return "it keeps no memory, and neither does another arm of its mode and rule"
        return ""

    def run(self, view: View) -> Iterator[Finding]:
        """Yield AUC, TPR at the low FPR and the AUC against others as new, for every score, and the untrained AUC.

        Where heads stay on the devices only the row space is asked. Raises UserError where no device has left a
        place with enough in it.
        """
        scores = self._possible(view.target.layout)
        judged = list(judge(view.target, scores, ShadowModels(self.shadows, self.shadow_rounds), view.seed))
        if not judged:
            raise UserError(
                f"membership ({view.target.arm}): no device has left a place in which it heard at least two "
                "utterances more than it keeps; run more rounds, or take a smaller memory.capacity"
            )
        keeper = judged[0].kept_by
        borrowed = "" if keeper == view.target.arm else BORROWED.format(arm=keeper)
        for score in (score for score in scores if score in judged[0].scores):
            found = infer_membership([each.trial(score) for each in judged], self, view.seed)
            statement = STATEMENTS.get(score, LOSS) + borrowed
            yield from _findings(score, found, statement)
            stream = generator(view.seed, "membership", "as new")
            matched = [trial for each in judged if (trial := each.matched(score, stream))]
            if matched:
                fair = infer_membership(matched, self, view.seed)
                yield _auc_of(f"{score}, same rounds", fair, statement + MATCHED)
        if "untrained" in judged[0].scores:
            untrained = infer_membership([each.trial("untrained") for each in judged], self, view.seed)
            yield _auc_of("untrained", untrained, LOSS + borrowed)

    def _possible(self, layout: ParameterLayout) -> list[MembershipScore]:
        """Return the scores that the layers shared allow."""
        whole = any(layer.startswith("activation") for layer in layout.layers)
        return [score for score in self.scores if whole or score == "row-space"]


def judge(
    observed: Observed, scores: Sequence[str], shadows: ShadowModels | None = None, seed: int = 0
) -> Iterator[Judged]:
    """Yield the scores of every past with two utterances that are kept and two that are not.

    `shadows` of "lira" are drawn by `seed`; it is left out where no round can be lived again.
    """
    says = _Model(observed) if set(scores) != {"row-space"} else None
    for number, past in enumerate(observed.pasts()):
        if len(past.kept) >= 2 and len(past.examples) - len(past.kept) >= 2:
            found = says.scores(past) if says else {}
            if says and "lira" in scores and past.again:
                stream = generator(seed, "membership", "lira", number)
                found["lira"] = by_likelihood_ratio(past, says.errors_of(past), shadows or ShadowModels(), stream)
            if "row-space" in scores:
                embeddings = past.examples.acoustic.double().numpy()
                found["row-space"] = by_row_space(past.sent, observed.layout, embeddings)
            yield Judged(past.speaker, past.kept, past.kept_by, past.heard_in, found)


class _Model:
    """A model to predict with, at any parameters."""

    def __init__(self, observed: Observed) -> None:
        self._model, self._parameters = observed.working_model()

    def scores(self, past: LeftPlace) -> dict[str, Doubles]:
        """Return what the models that travelled last, and the untrained one, say of the candidates."""
        last, labels = past.sent[-1], past.examples.labels.double().numpy()
        before, after = (self._predicted(torch.from_numpy(v), past) for v in (last.before, last.after))
        return {
            "loss": by_loss(after, labels),
            "gain": by_gain(before, after, labels),
            "influence": by_influence(after, labels),
            "untrained": by_loss(self._predicted(past.untrained, past), labels),
        }

    def errors_of(self, past: LeftPlace) -> ErrorsOf:
        """Return what gives the squared errors of the candidates under any parameters."""
        labels = past.examples.labels.double().numpy()
        return lambda vector: squared_error(self._predicted(torch.from_numpy(vector), past), labels)

    def _predicted(self, vector: Tensor, past: LeftPlace) -> Doubles:
        self._parameters.restore(vector)
        return predict(self._model, past.examples)


def keeping_arm(like: Arm, arms: Iterable[Arm]) -> Arm | None:
    """Return the arm itself if it has a memory, or else the first of the same mode and rule that has."""
    alike = (arm for arm in (like, *arms) if (arm.mode, arm.rule) == (like.mode, like.rule))
    return next((arm for arm in alike if arm.memory != "none"), None)


def _findings(score: str, found: MembershipFinding, statement: str) -> Iterator[Finding]:
    yield _auc_of(score, found, statement)
    n = found.n_members + found.n_others
    yield Finding(score, "tpr", found.tpr, Interval.known(found.fpr), n, statement)


def _auc_of(variant: str, found: MembershipFinding, statement: str) -> Finding:
    n, p_value = found.n_members + found.n_others, found.control.p_value(found.auc.estimate)
    return Finding(variant, "auc", found.auc, found.control.band, n, statement, p_value)
