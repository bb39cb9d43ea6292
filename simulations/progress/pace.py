"""How fast the work goes and how long it will take yet, from what was finished lately."""

import time
from collections import deque
from collections.abc import Callable

from fedser.features.passage import Progress as Extracted

RECENT_S = 300.0
"""The pace is that of so many seconds: other work on the machine comes and goes."""
AT_LEAST = 16
"""The pace is that of at least so many reports: workers that finish at the same time are not fast."""

Clock = Callable[[], float]


def _now_s() -> float:
    return time.monotonic()


class Rate:
    """How much is done per second; what lay there already sets no pace."""

    def __init__(self, clock: Clock = _now_s) -> None:
        self._clock = clock
        self._reports: deque[tuple[float, float]] = deque([(clock(), 0.0)])

    def note(self, fresh: float) -> None:
        """Take down how much has been done afresh up to now."""
        if fresh > self._reports[-1][1]:
            self._reports.append((self._clock(), fresh))
        while len(self._reports) > AT_LEAST and self._clock() - self._reports[0][0] > RECENT_S:
            self._reports.popleft()

    def per_s(self) -> float:
        """Return how much was done per second from the first to the last of the late reports; 0 if not known."""
        (then, before), (now, after) = self._reports[0], self._reports[-1]
        return (after - before) / (now - then) if now > then else 0.0

    def left_s(self, missing: float) -> float | None:
        """Return in how many seconds what is missing will be done; None if not known."""
        pace = self.per_s()
        return max(0.0, missing / pace - (self._clock() - self._reports[-1][0])) if pace > 0 else None


class Pace:
    """Says how fast an extraction goes, in hours of audio per minute, and how long it will take yet."""

    def __init__(self, total_hours: float, clock: Clock = _now_s) -> None:
        self._total, self._rate = total_hours, Rate(clock)

    def say(self, progress: Extracted) -> str:
        """Return "1.32 of 97.10 h of audio, 0.52 h/min, 3 h 04 min left"; what was stored before sets no pace."""
        self._rate.note(progress.fresh_hours)
        text = f"{progress.hours:.2f} of {self._total:.2f} h of audio"
        left_s = self._rate.left_s(max(0.0, self._total - progress.hours))
        return text if left_s is None else f"{text}, {60 * self._rate.per_s():.2f} h/min, {time_left(left_s)}"


def time_left(seconds: float) -> str:
    """Return a time to wait in words, to the minute.

    >>> time_left(4), time_left(75), time_left(5460)
    ('less than a minute left', '1 min left', '1 h 31 min left')
    """
    if seconds < 60:
        return "less than a minute left"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02} min left" if hours else f"{minutes} min left"
