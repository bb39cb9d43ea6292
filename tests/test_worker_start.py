"""Workers that watch their parent from the first moment, and a start that is refused in one line."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fedser.errors import RunError
from fedser.worker_process import worker_context
from fedser.worker_start import open_pool, starting_workers

PATIENCE_S = 60

PARENT = """
import sys
from fedser.worker_process import worker_context

class Slow:  # takes for ever to unpickle, as imports take seconds
    def __reduce__(self):
        return __import__("time").sleep, (600,)

if __name__ == "__main__":
    process = worker_context().Process(target=print, args=(Slow(),))
    process.start()
    print(process.pid, flush=True)
    process.join()
"""


def runs(pid):
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc to see processes in")
def test_a_worker_that_still_starts_ends_with_its_parent(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    root = Path(__file__).parents[1]
    environment = os.environ | {"PYTHONPATH": str(root)}
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment) as parent:
        worker = int(parent.stdout.readline())
        until = time.monotonic() + PATIENCE_S
        while Path(f"/proc/{worker}/task").exists() and len(list(Path(f"/proc/{worker}/task").iterdir())) < 2:
            assert time.monotonic() < until, "it never began to watch"
            time.sleep(0.01)
        assert runs(worker)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        until = time.monotonic() + PATIENCE_S
        while runs(worker):
            assert time.monotonic() < until
            time.sleep(0.01)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EAGAIN])
def test_a_refused_start_is_one_line(number):
    said = r"^worker processes cannot be started \(.+\): [^\n]*take --workers 1$"
    with pytest.raises(RunError, match=said), starting_workers():
        raise OSError(number, os.strerror(number))


def test_a_pool_works():
    with open_pool(worker_context(), 1, int) as pool:
        assert pool.submit(max, 3, 4).result(PATIENCE_S) == 4
