"""Ends what is left of a run of Flower's processes, however its owner ended: `python -m … FOLDER`.

Flower's and Ray's servers run until they are told to stop, and some leave their parent's session, so neither a
killed `fedser` nor the end of a process group ends them: a simulation whose SuperLink was gone went on training
for minutes. The caretaker is a process beside the run that holds one end of a pipe. When the owner closes the
other end, or ends in any way, it ends every process of the run's home and deletes the home.
"""

import contextlib
import os
import shutil
import signal
import sys
import time
from pathlib import Path

GRACE_S = 3.0
"""How long processes may take to end by themselves."""
_GIVE_UP_S = 30.0


def main() -> None:
    """Wait for the owner's end, then clean up."""
    home = Path(sys.argv[1])
    sys.stdin.buffer.read()
    end_all(home)
    shutil.rmtree(home, ignore_errors=True)


def end_all(home: Path) -> None:
    """End every process of a home: in order if it can, else by force."""
    began, told = time.monotonic(), set[int]()
    while left := processes_of(home):
        waited = time.monotonic() - began
        if waited > _GIVE_UP_S:  # somebody starts them faster than they end, or the kernel holds them
            return
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                if waited > GRACE_S:
                    os.kill(pid, signal.SIGKILL)
                elif pid not in told:
                    os.kill(pid, signal.SIGTERM)
                    told.add(pid)
        time.sleep(0.1)


def processes_of(home: Path) -> list[int]:
    """Return the process ids of a home; none where there is no /proc, where process groups have to do."""
    mark = b"FLWR_HOME=" + os.fsencode(home)
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            # Ray's workers overwrite their environment with a title, but keep their working directory.
            here = (entry / "cwd").readlink().is_relative_to(home)
            ours = here or mark in (entry / "environ").read_bytes().split(b"\0")
        except OSError:  # another user's, or ended just now; a zombie has neither
            continue
        if ours and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


if __name__ == "__main__":
    main()
