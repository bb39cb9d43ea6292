"""An arm of a moving-devices run: a mode of sharing, a method and a kind of memory."""

from dataclasses import dataclass

from fedser.results.arms import FINETUNING, Arm

LOCAL = "local"

MODES = {LOCAL: "Local", "federated": "Federated", "personal-head": "Personal-head"}
"""How tables and figures write a mode: each device alone from the shared model; all of the model averaged; all
but the heads."""


@dataclass(frozen=True)
class MovingArm:
    """`mode` is a key of MODES; `method` and `memory` are those of `Arm`."""

    mode: str
    method: str
    memory: str

    @property
    def learner(self) -> Arm:
        """Return what each device does, whatever is shared."""
        return Arm(self.method, self.memory)

    @property
    def name(self) -> str:
        """Return how folders and records write this arm: `federated-exper-random`."""
        return f"{self.mode}-{self.learner.name}"

    @property
    def label(self) -> str:
        """Return how tables and figures write it: `Federated ExpeR-random`."""
        return f"{MODES.get(self.mode, self.mode)} {self.learner.label}"

    @property
    def shares(self) -> bool:
        """Return whether the devices learn from one another, so that there is a global model that changes."""
        return self.mode != LOCAL

    @property
    def without_memory(self) -> "MovingArm":
        """Return the arm it is tested against: finetuning in the same mode."""
        return MovingArm(self.mode, FINETUNING.method, FINETUNING.memory)

    @property
    def alone(self) -> "MovingArm":
        """Return the same method and memory without sharing."""
        return MovingArm(LOCAL, self.method, self.memory)
