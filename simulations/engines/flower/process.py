"""One of Flower's commands as a process of ours."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from fedser.errors import RunError
from simulations.engines.flower.home import FlowerHome

GRACE_S = 10.0
"""How long a process may take to end before it is killed."""
_PAUSE_S = 0.2


class FlowerProcess:
    """A command in a session of its own: Ctrl-C reaches us alone, and we end the command in order.

    Raises RunError where there is no such command.
    """

    def __init__(self, command: Sequence[str], home: FlowerHome, log: Path) -> None:
        environment = home.environment()
        program = shutil.which(command[0], path=environment["PATH"])
        if program is None:
            raise RunError(
                f"{command[0]}: no such command; it comes with Flower: pip install --force-reinstall flwr"
            )
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log = log
        self._name = command[0]
        self._skip = log.stat().st_size if log.exists() else 0
        with log.open("ab") as stream:
            self._process = subprocess.Popen(
                [program, *command[1:]],
                cwd=home.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def exit_code(self) -> int | None:
        """Return the exit code, negative for a signal; None while it runs."""
        return self._process.poll()

    def said(self) -> str:
        """Return what it has written so far."""
        with self.log.open("rb") as stream:
            stream.seek(self._skip)
            return stream.read().decode("utf-8", errors="replace")

    def lines(self) -> Iterator[str]:
        """Yield its lines as it writes them, until it has ended."""
        with self.log.open(encoding="utf-8", errors="replace") as stream:
            stream.seek(self._skip)
            rest = ""
            while True:
                ended = self.exit_code is not None
                *whole, rest = (rest + stream.read()).split("\n")
                yield from whole
                if ended:
                    yield rest
                    return
                time.sleep(_PAUSE_S)

    def wait_for(self, ready: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until it is ready; False if it ended before. Raises RunError when the time is up."""
        until = time.monotonic() + timeout_s
        while not ready():
            if self.exit_code is not None:
                return ready()
            if time.monotonic() > until:
                raise RunError(f"{self._name}: not ready after {timeout_s:.0f} s; its log: {self.log}")
            time.sleep(_PAUSE_S)
        return True

    def wait(self, timeout_s: float | None = None) -> int:
        """Return the exit code once it has ended; raises RunError when the time is up."""
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise RunError(f"{self._name}: not done after {timeout_s:.0f} s; its log: {self.log}") from None

    def kill(self) -> None:
        """Kill it and what it has started in its session, at once, as a power cut would."""
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says the latter of zombies
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def end(self) -> None:
        """End it in order; kill it if it does not."""
        if self.exit_code is None:
            self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE_S)
        self.kill()
