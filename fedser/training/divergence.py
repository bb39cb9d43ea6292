"""Which option to turn down when training diverges: the one that is furthest beyond its default."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from fedser.config import Section
from fedser.errors import NonFiniteGradientError
from fedser.training.epoch import ADVICE

UNUSUAL = 10.0
"""Times the default, from which on an option is suspected."""

Suspects = Mapping[str, Section]
"""The sections that have a part in an arm, by their names in a configuration."""


def advice(suspects: Suspects) -> str:
    """Return what to try: a smaller value of the option of any section that exceeds its default most.

    Where none does by much, it is the learning rate.

    >>> from fedser.training import TrainingOptions
    >>> advice({"training": TrainingOptions(learning_rate=0.002)})
    'try a smaller training.learning_rate'
    >>> advice({"training": TrainingOptions(learning_rate=1e20)})
    'try a smaller training.learning_rate than 1e+20'
    """
    found = [suspected for place, section in suspects.items() for suspected in _excesses(place, section)]
    excess, option, value = max(found, default=(0.0, "", 0.0))
    return f"try a smaller {option} than {value:g}" if excess >= math.log10(UNUSUAL) else ADVICE


@contextmanager
def advised(suspects: Suspects) -> Iterator[None]:
    """Let training that diverges within the block say which of these sections' options to turn down."""
    try:
        yield
    except NonFiniteGradientError as error:
        raise NonFiniteGradientError(str(error).replace(ADVICE, advice(suspects))) from None


def _excesses(place: str, section: Section) -> Iterator[tuple[float, str, float]]:
    """Yield by how many decades each real-valued option exceeds its default, or 1 where that is 0 or none."""
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, float) and value > 0:
            usual = field.default if isinstance(field.default, float) and field.default > 0 else 1.0
            yield math.log10(value) - math.log10(usual), f"{place}.{name}", value
