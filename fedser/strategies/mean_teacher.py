"""Mean teacher (Tarvainen and Valpola 2017, NeurIPS, arXiv 1703.01780) for ratings that nobody gives."""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from fedser.strategies.gem import Gem
from fedser.strategies.rehearsal import BatchLoss, squared_error
from fedser.strategies.visit import State, Step, Taken, Visit
from fedser.strategies.without_ratings import HeldByExpeR, WithoutRatings


class MeanTeacher(WithoutRatings):
    """Section [mean-teacher]: `strength` · MSE(f(x), t(x)) on batches that hold unrated utterances.

    f with dropout, t the teacher without: its weights are those of f, averaged, t ← `decay` · t + (1 − `decay`) ·
    θ after every step in an environment, and θ on coming to it. Outputs before tanh. The paper's teacher is
    averaged from the start of training; here it starts with the model that was learnt with ratings, and the
    student is kept.
    """

    name: ClassVar[str] = "mean-teacher"
    title: ClassVar[str] = "Mean teacher"
    does: ClassVar[str] = "keeps, where nothing is rated, to what the average of its recent models says."
    watches_steps: ClassVar[bool] = True

    strength: float = Field(1.0, ge=0, allow_inf_nan=False)
    """Weight of the consistency loss."""
    decay: float = Field(0.99, ge=0, le=1)
    """Of the teacher's average, per step."""

    def arrive(self, state: State, visit: Visit) -> State:
        """Return the state with the model as the teacher."""
        return {**state, "teacher": visit.parameters}

    def batch_losses(self, step: Step) -> Sequence[BatchLoss]:
        """Return the distance to the teacher's outputs, where not all is rated."""
        if not self.strength or bool(step.batch.labelled.all()):
            return []
        told = step.frozen.outputs(step.state["teacher"], step.batch)
        return [BatchLoss(squared_error(told), self.strength)]

    def stepped(self, state: State, taken: Taken) -> State:
        """Return the state with the teacher a step on."""
        return {**state, "teacher": self.decay * state["teacher"] + (1 - self.decay) * taken.after}

    def leave(self, state: State) -> State:
        """Return nothing: the next environment has a teacher of its own."""
        return {}


class MeanTeacherExpeR(HeldByExpeR, MeanTeacher):
    """Section [mean-teacher-exper]: mean teacher beside ExpeR."""

    name: ClassVar[str] = "mean-teacher-exper"
    title: ClassVar[str] = "Mean teacher + ExpeR"


class MeanTeacherGem(MeanTeacher, Gem):
    """Section [mean-teacher-gem]: mean teacher under GEM's constraints."""

    name: ClassVar[str] = "mean-teacher-gem"
    title: ClassVar[str] = "Mean teacher + GEM"
