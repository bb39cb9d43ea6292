"""Learning without forgetting (Li and Hoiem 2016, ECCV, arXiv 1606.09282) with a regressor's outputs."""

from collections.abc import Sequence
from typing import ClassVar

import torch
from pydantic import Field

from fedser.strategies.rehearsal import BatchLoss, squared_error_of_predictions
from fedser.strategies.strategy import Strategy
from fedser.strategies.visit import State, Step, Visit


class Lwf(Strategy):
    """Section [lwf]: L + `strength` · MSE(f(x), f*(x)) on the new utterances, f* the last environment's model.

    f are predictions, after tanh; f* without dropout. The paper distils class probabilities with a softened
    cross-entropy, which a regressor has not; predictions are what it has in their place. Its λ of 1 does not carry
    over: where new speech is unlike the old, the last model may say the same of every utterance, and 1 then
    teaches that. 0.1 is ours, best of five on validation splits (RAVDESS → nEMO → emotiontts, three seeds).
    Outputs before tanh cost more of the new speech at 0.03, 0.1 and 0.3: far out their pull does not fade.
    """

    name: ClassVar[str] = "lwf"
    title: ClassVar[str] = "LwF"
    does: ClassVar[str] = "keeps, on new utterances, to what the model of the last environment says of them."

    strength: float = Field(0.1, ge=0, allow_inf_nan=False)
    """λ of the distillation."""

    def batch_losses(self, step: Step) -> Sequence[BatchLoss]:
        """Return the distance to the teacher's predictions, once there is a teacher."""
        if not self.strength or "teacher" not in step.state:
            return []
        told = torch.tanh(step.frozen.outputs(step.state["teacher"], step.batch))
        return [BatchLoss(squared_error_of_predictions(told), self.strength)]

    def learnt(self, state: State, visit: Visit) -> State:
        """Return the state with the model as it is now."""
        return {**state, "last": visit.parameters}

    def leave(self, state: State) -> State:
        """Return the teacher: the model as it left the environment."""
        return {"teacher": state["last"]} if "last" in state else state
