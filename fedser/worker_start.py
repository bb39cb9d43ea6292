"""How worker processes are started: watched from their first moment, and refused in one line.

A worker imports for seconds before any code of ours runs in it, unless it is the first thing that it unpickles. A
parent that is killed meanwhile cannot say so, and workers used to outlive it for as long as their imports took.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.context import BaseContext, SpawnContext, SpawnProcess
from typing import Any

from fedser.errors import RunError

_PAUSE_S = 0.05


@contextmanager
def starting_workers() -> Iterator[None]:
    """Raise RunError, in one line, where the system refuses what worker processes need."""
    try:
        yield
    except OSError as error:
        raise RunError(
            f"worker processes cannot be started ({error.strerror or error}): they need some room in shared "
            "memory (/dev/shm on Linux) and in the table of processes; make room, or take --workers 1"
        ) from None


def open_pool(
    context: BaseContext, workers: int, initializer: Callable[..., None], initargs: tuple[Any, ...] = ()
) -> ProcessPoolExecutor:
    """Return so many processes that are started now; raises RunError where that is refused."""
    with starting_workers():
        executor = ProcessPoolExecutor(workers, context, initializer=initializer, initargs=initargs)
        try:
            executor.submit(int)
        except OSError:
            executor.shutdown(wait=False, cancel_futures=True)
            raise
    return executor


class _Watch:
    """Unpickled, it is the watch over the parent; nothing of it is left."""

    def __reduce__(self) -> tuple[Any, ...]:
        return begin_watch, (os.getpid(),)


class _WorkerProcess(SpawnProcess):
    """A process that first of all watches its parent."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (_Watch(), type(self), self.__dict__)


class WatchedContext(SpawnContext):
    """Makes worker processes, spawned ones, that watch their parent before they import anything else."""

    Process = _WorkerProcess


def _rebuilt(_: None, kind: type[_WorkerProcess], state: dict[str, Any]) -> _WorkerProcess:
    process = kind.__new__(kind)
    process.__dict__.update(state)
    return process


_watching = threading.Event()


def begin_watch(parent: int) -> None:
    """End this process as soon as its parent does, whose process id this is; Ctrl-C is the parent's to hear."""
    if not _watching.is_set():
        _watching.set()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while (known := multiprocessing.parent_process()) is None:  # until this process has been set up
        if os.name == "posix" and os.getppid() != parent:
            os._exit(1)
        time.sleep(_PAUSE_S)
    wait([known.sentinel])
    os._exit(1)
