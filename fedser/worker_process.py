"""What every worker process does first."""

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing.connection import wait

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # as malloc.h names them


def become_worker() -> None:
    """Prepare a worker process: one thread, deaf to Ctrl-C (the parent hears it), gone when the parent is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if "torch" in sys.modules:  # not every worker needs it
        sys.modules["torch"].set_num_threads(1)
    threading.Thread(target=_follow_parent, daemon=True).start()


def keep_freed_memory() -> None:
    """Let this process use freed memory again instead of giving it back; where the C library is glibc.

    A model's large tensors otherwise come from the kernel anew, page by page and cleared, at every operation:
    a tenth of wav2vec2's time.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # another C library; Windows takes no None
        return
    mallopt(_M_MMAP_MAX, 0)
    mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)


def _follow_parent() -> None:
    """End this process as soon as the parent ends; a killed parent cannot say so itself."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
