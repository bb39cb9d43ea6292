"""One `flwr run`: submit the app, pass its progress on, and find out how it really ended."""

import re
import sys
import time
from pathlib import Path
from typing import Any

from fedser.errors import RunError
from simulations.engines.flower.home import CONNECTION, FlowerHome
from simulations.engines.flower.process import FlowerProcess
from simulations.engines.flower.query import ask

_PROGRESS = re.compile(r"[\w ,.+-]+: \d+/\d+ ")
"""Lines as `simulations.progress` writes them where there is no terminal; the rest is for the log."""
_FINISHED = "finished:"
_COMPLETED = "finished:completed"


class FlowerRun:
    """A federation under way on a SuperLink that has no other run."""

    def __init__(self, home: FlowerHome, log: Path, federation: str = "") -> None:
        """Submit the home's app; `federation` configures a simulated federation, in Flower's words."""
        self._home, self._log = home, log
        options = ["--federation-config", federation] if federation else []
        self._stream = FlowerProcess(["flwr", "run", str(home.app), CONNECTION, "--stream", *options], home, log)

    def wait(self) -> None:
        """Wait for the end, writing progress to stderr; raises RunError if the run did not complete."""
        for line in self._stream.lines():
            if _PROGRESS.match(line):
                print(line, file=sys.stderr, flush=True)  # noqa: T201
        # The exit code tells nothing: 0 for a run that failed, too.
        while not (status := self._status())["status"].startswith(_FINISHED):
            time.sleep(5)  # the stream broke, not the run
        if status["status"] != _COMPLETED:
            details = " ".join(str(status.get("status-details", "")).split())
            raise RunError(f"the federation ended as {status['status']} ({details}); its log: {self._log}")

    def end(self) -> None:
        """Stop following the run; it goes on until the SuperLink ends."""
        self._stream.end()

    def _status(self) -> dict[str, Any]:
        try:
            runs = ask(self._home, ["ls", CONNECTION])["runs"]
        except RunError as error:
            raise RunError(f"{error}; the logs of the run are in {self._log.parent}") from None
        if not runs:
            raise RunError(f"flwr run did not start the federation; its log: {self._log}")
        status: dict[str, Any] = runs[0]
        return status
