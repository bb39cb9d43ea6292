"""What every worker process does first."""

import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing.connection import wait


def become_worker() -> None:
    """Prepare a worker process: one thread, deaf to Ctrl-C (the parent hears it), gone when the parent is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if "torch" in sys.modules:  # not every worker needs it
        sys.modules["torch"].set_num_threads(1)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    """End this process as soon as the parent ends; a killed parent cannot say so itself."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
