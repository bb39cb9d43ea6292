"""Whether memories can be sampled as the arms say, asked before the run rather than hours later."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fedser.device import World
from fedser.errors import ConfigError
from fedser.protocol import Arm

COLUMNS = ("gender", "speaker")
"""The kinds of memory that need a column of that name."""


def check_memory(arms: Sequence[Arm], environment: str, columns: Mapping[str, NDArray[np.str_]]) -> None:
    """Raise ConfigError where no training utterance of an environment has what a memory is sampled by.

    columns: gender and speaker of the environment's n training utterances, (n,) each; "" is an unknown one.
    """
    for column, leave_out in _needed(arms).items():
        if not (columns[column] != "").any():
            raise ConfigError(
                f"arms: environment {environment} knows no {column}, so memory by {column} is impossible there; "
                f"leave out {leave_out}"
            )


def check_device_memories(arms: Sequence[Arm], world: World) -> None:
    """Raise ConfigError where in an environment nobody, or not every device's owner, has what is sampled by."""
    settings = world.settings
    for place, environment in enumerate(settings.environments):
        candidates = world.conditions[settings.conditions[place][0]].candidates
        check_memory(arms, environment, {column: getattr(candidates, column) for column in COLUMNS})
        for column, leave_out in _needed(arms).items():
            known = getattr(candidates, column) != ""
            without = [device for device, owned in enumerate(world.owned(place)) if not known[owned].any()]
            if without:
                raise ConfigError(
                    f"arms: in environment {environment} no {column} is known of the owners of {len(without)} of "
                    f"{settings.devices} devices (seed {world.seed}, device {without[0]} the first), so memory by "
                    f"{column} is impossible for them; leave out {leave_out}, or speech without a {column}"
                )


def _needed(arms: Sequence[Arm]) -> dict[str, str]:
    """Return the columns that memories are sampled by, each with the arms that do, for messages."""
    found = {column: [arm.name for arm in arms if arm.memory == column] for column in COLUMNS}
    return {column: ", ".join(names) for column, names in found.items() if names}
