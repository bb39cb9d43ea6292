"""What a person sees while a run goes on: bars with counts and the time left, and the work in hand."""

from simulations.progress.meters import Meter, meter, silently, sparingly
from simulations.progress.pace import Pace

__all__ = ["Meter", "Pace", "meter", "silently", "sparingly"]
