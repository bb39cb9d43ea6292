"""Which of a run's models is meant."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fedser.errors import RunError, did_you_mean
from fedser.protocol import Arm


@dataclass(frozen=True)
class ModelChoice:
    """An arm, as configurations write it, or None for a run that has only one; a seed; and perhaps a device."""

    arm: str | None = None
    seed: int = 0
    device: int | None = None

    def arm_of(self, folder: Path, arms: Sequence[Arm], parse: Callable[[str], Arm]) -> Arm:
        """Return the arm of the run in a folder; raises RunError, or what `parse` raises, if it has none such."""
        known = {arm.name: arm for arm in arms}
        if self.arm is None:
            if len(arms) == 1:
                return arms[0]
            raise RunError(f"{folder}: this run has {len(arms)} arms; name one: {', '.join(known)}")
        arm = known.get(self.arm) or parse(self.arm)  # `gem` is `gem-random`
        if arm not in arms:
            raise RunError(f'{folder}: no arm "{arm.name}" in this run{did_you_mean(arm.name, known)}')
        return arm

    def check_seed(self, folder: Path, seeds: Sequence[int]) -> None:
        """Raise RunError for a seed that the run does not have."""
        if self.seed not in seeds:
            raise RunError(f"{folder}: no seed {self.seed} in this run; known: {', '.join(map(str, seeds))}")
