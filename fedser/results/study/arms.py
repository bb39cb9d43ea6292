"""The arms of a study, which its files hold by name: how they are written, and what each is compared with."""

from collections.abc import Sequence

from fedser.errors import ConfigError
from fedser.protocol.arms import Arm


def arm_named(name: str) -> Arm:
    """Return the arm of a name; one whose method is not known here, as of another's run, by its name alone."""
    try:
        return Arm.parse_shared(name) if ":" in name else Arm.parse(name)
    except ConfigError:
        return Arm(name)


def reference_of(name: str, arms: Sequence[str]) -> str | None:
    """Return the arm that another is compared with: Finetuning in its mode, under its rule; None without one.

    >>> reference_of("federated:gem-random@scaffold", ["federated:finetuning@scaffold"])
    'federated:finetuning@scaffold'
    """
    found = arm_named(name).without_memory.name
    return found if found in arms and found != name else None
