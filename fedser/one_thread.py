"""One thread per process: the work is split over processes, and sums are formed in one order.

By rounding, a sum split over threads depends on their number, and so would weights and scores.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from threading import Lock

from threadpoolctl import threadpool_limits

VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
"""What numerical libraries read when they are loaded, in this process or in one that it starts."""

_lock = Lock()
_holds: list[None] = []
"""One for each `one_thread` that this process is in; the first limits the libraries, the last lets them go."""
_undo = ExitStack()


@contextmanager
def one_thread() -> Iterator[None]:
    """Let numerical libraries, loaded by now or in the block, use one thread; afterwards as many as before.

    Processes started in the block inherit it. Within another such block it costs nothing.
    """
    keep_to_one_thread()
    try:
        yield
    finally:
        with _lock:
            _holds.pop()
            if not _holds:
                _undo.close()


def keep_to_one_thread() -> None:
    """Do so for good, in a process that is ours alone."""
    with _lock:
        if not _holds:
            _limit()
        _holds.append(None)


def _limit() -> None:
    """Limit this process, and note in `_undo` how to take it back."""
    before = {name: os.environ.get(name) for name in VARIABLES}
    _undo.callback(_set_environment, before)
    _set_environment(dict.fromkeys(VARIABLES, "1"))
    # A process that was started so has one thread already, and to look at its libraries can stand still for ever:
    # it takes the loader's lock and then Python's, and an import in another thread, as Flower's of Ray beside the
    # server's app, takes them the other way round.
    if set(before.values()) != {"1"}:
        _undo.callback(threadpool_limits(1).restore_original_limits)
    if torch := sys.modules.get("torch"):  # not everything here needs it; its MKL is out of threadpoolctl's sight
        _undo.callback(torch.set_num_threads, torch.get_num_threads())
        torch.set_num_threads(1)


def _set_environment(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
