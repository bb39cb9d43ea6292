import platform
import subprocess
import sys

PROGRAM = """
import resource, sys
import numpy as np
from fedser.worker_process import freed_memory_kept, keep_freed_memory

if sys.argv[1] == "keep":
    keep_freed_memory()
if sys.argv[1] == "keep for a while":
    with freed_memory_kept():
        np.ones(5_000_000)
np.ones(5_000_000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    np.ones(5_000_000)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(how):
    """Pages that the kernel hands out while 40 MB are taken and freed ten times."""
    printed = subprocess.run([sys.executable, "-c", PROGRAM, how], check=True, capture_output=True, text=True)
    return int(printed.stdout)


def test_freed_memory_is_used_again():
    kept, given_back = faults("keep"), faults("give back")
    kept_for_a_while = faults("keep for a while")
    if platform.libc_ver()[0] == "glibc":
        assert 3 * kept < given_back
        assert 3 * kept < kept_for_a_while, "after the block it is given back again"
    else:
        assert kept <= given_back * 1.1 + 500, "elsewhere it must do no harm"
