"""Learning without forgetting (Li and Hoiem 2016, ECCV, arXiv 1606.09282) with a regressor's outputs."""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from fedser.strategies.rehearsal import BatchLoss, squared_error
from fedser.strategies.strategy import Strategy
from fedser.strategies.visit import State, Step, Visit


class Lwf(Strategy):
    """Section [lwf]: L + `strength` · MSE(f(x), f*(x)) on the new utterances, f* the last environment's model.

    Outputs before tanh, f* without dropout. The paper distils class probabilities with a softened cross-entropy,
    which a regressor has not; its λ is 1 as well.
    """

    name: ClassVar[str] = "lwf"
    title: ClassVar[str] = "LwF"
    does: ClassVar[str] = "keeps, on new utterances, to what the model of the last environment says of them."

    strength: float = Field(1.0, ge=0, allow_inf_nan=False)
    """λ of the distillation."""

    def batch_losses(self, step: Step) -> Sequence[BatchLoss]:
        """Return the distance to the teacher's outputs, once there is a teacher."""
        if not self.strength or "teacher" not in step.state:
            return []
        return [BatchLoss(squared_error(step.frozen.outputs(step.state["teacher"], step.batch)), self.strength)]

    def learnt(self, state: State, visit: Visit) -> State:
        """Return the state with the model as it is now."""
        return {**state, "last": visit.parameters}

    def leave(self, state: State) -> State:
        """Return the teacher: the model as it left the environment."""
        return {"teacher": state["last"]} if "last" in state else state
