"""What every worker process does first."""

import ctypes
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.context import SpawnContext

from fedser.one_thread import keep_to_one_thread
from fedser.worker_start import WatchedContext

START_METHOD = "spawn"
"""How worker processes come to be, in the words of `multiprocessing`: nothing of this process is in them."""

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_MMAP_MAX = -1, -3, -4  # as malloc.h names them


def worker_context() -> SpawnContext:
    """Return what makes worker processes, their queues and pipes."""
    if START_METHOD == "spawn":
        return WatchedContext()
    return multiprocessing.get_context(START_METHOD)  # type: ignore[return-value]


def become_worker() -> None:
    """Prepare a worker process: one thread, deaf to Ctrl-C (the parent hears it), gone when the parent is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keep_to_one_thread()
    threading.Thread(target=_follow_parent, daemon=True).start()


def keep_freed_memory() -> None:
    """Let this process use freed memory again instead of giving it back; where the C library is glibc.

    A model's large tensors otherwise come from the kernel anew, page by page and cleared, at every operation:
    a tenth of wav2vec2's time.
    """
    if library := _glibc():
        library.mallopt(_M_MMAP_MAX, 0)
        library.mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Do so in the block; after it freed memory goes back to the kernel, that of the block too.

    The thresholds are then those that glibc comes to by itself where large blocks are freed: it has no way to ask
    for those before.
    """
    keep_freed_memory()
    try:
        yield
    finally:
        if library := _glibc():
            library.mallopt(_M_MMAP_MAX, 65536)
            library.mallopt(_M_MMAP_THRESHOLD, 32 << 20)
            library.mallopt(_M_TRIM_THRESHOLD, 64 << 20)
            library.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    """Return the C library if it is glibc."""
    try:
        library = ctypes.CDLL(None)
        return library if hasattr(library, "mallopt") else None
    except (OSError, TypeError):  # Windows takes no None
        return None


def _follow_parent() -> None:
    """End this process as soon as the parent ends; a killed parent cannot say so itself."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
