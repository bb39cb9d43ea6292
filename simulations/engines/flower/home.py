"""Where one run of Flower's own processes lives: a folder of its own, its environment variables, nothing shared.

Flower keeps configuration, installed apps and a managed SuperLink under `FLWR_HOME`, and Ray its sessions under
`RAY_TMPDIR`; sharing either lets runs meet. Both lie in a temporary folder here, which is deleted at the end.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from fedser import one_thread, own_packages, plugins
from simulations.engines.flower import caretaker
from simulations.engines.flower.commands import write_commands

CONNECTION = "fedser"
"""The name of the SuperLink in Flower's configuration."""

_COMMANDS = "bin"

_LONGEST = 20
"""Ray adds some 85 characters: `/fedser-…/ray/session_…/sockets/plasma_store`; macOS allows 103 in all."""
_NOT_INHERITED = ("RAY_ADDRESS", "RAY_NAMESPACE", "FLWR_DATABASE", "FLWR_ENABLE_EVENT_LOG")
"""Ray would join the cluster that RAY_ADDRESS names; the others change what the SuperLink stores and writes."""


@dataclass(frozen=True)
class FlowerHome:
    """A temporary folder for one run; only its owner can read it, for it may hold keys."""

    folder: Path

    @property
    def app(self) -> Path:
        """Return the folder of the app that `flwr run` takes."""
        return self.folder / "app"

    def environment(self) -> dict[str, str]:
        """Return the environment variables of every process of the run."""
        kept = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
        if folders := plugins.search_path():
            # Flower's processes do not inherit this one's sys.path, and must find its plugin modules.
            kept["PYTHONPATH"] = os.pathsep.join(filter(None, [kept.get("PYTHONPATH", ""), *folders]))
        return kept | dict.fromkeys(one_thread.VARIABLES, "1") | _switches() | self._places(kept) | _loopback(kept)

    def _places(self, kept: Mapping[str, str]) -> dict[str, str]:
        commands = str(self.folder / _COMMANDS)
        return {
            "FLWR_HOME": str(self.folder),
            "RAY_TMPDIR": str(self.folder),
            "TMPDIR": str(self.folder),
            "PATH": os.pathsep.join((commands, kept.get("PATH", os.defpath))),
        }

    def write_connection(self, address: str, root_certificate: Path | None) -> None:
        """Write Flower's configuration: the SuperLink's address and the root of its certificate (none: no TLS)."""
        connection: dict[str, Any] = {"address": address}
        if root_certificate is None:
            connection["insecure"] = True
        else:
            connection["root-certificates"] = str(root_certificate)
        text = tomli_w.dumps({"superlink": {"default": CONNECTION, CONNECTION: connection}})
        (self.folder / "config.toml").write_text(text, encoding="utf-8")


@contextmanager
def flower_home() -> Iterator[FlowerHome]:
    """Make a home for the time of a block; nothing is left of it, nor of its processes.

    Raises ForeignPackageError where the processes would take another package for one of fedser's.
    """
    folder = Path(tempfile.mkdtemp(prefix="fedser-", dir=_short_folder())).resolve()  # mode 0700
    # By its file: with -m Python would look for it in the working folder first.
    cleaner = subprocess.Popen(
        [sys.executable, "-P", caretaker.__file__, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # deaf to Ctrl-C
    )
    home = FlowerHome(folder)
    try:
        own_packages.check_in(home.environment(), folder)
        write_commands(folder / _COMMANDS)
        yield home
    finally:
        # Not `with cleaner`, which after Ctrl-C waits for a quarter of a second only.
        if cleaner.stdin is not None:
            cleaner.stdin.close()
        cleaner.wait()


def _short_folder() -> str:
    """Return where temporary folders go: Ray puts Unix sockets into its own, whose paths may have 107 bytes."""
    folder = tempfile.gettempdir()
    return "/tmp" if len(folder) > _LONGEST and os.access("/tmp", os.W_OK) else folder


def _switches() -> dict[str, str]:
    return {
        # Without it Flower calls `uv sync` for the app, and waits for the internet.
        "FLWR_DISABLE_RUNTIME_DEPENDENCY_INSTALLATION": "1",
        "FLWR_TELEMETRY_ENABLED": "0",
        "FLWR_DISABLE_UPDATE_CHECK": "1",
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # Ray's own next default; without it a warning per actor
        # SuperExec looks for work once a second by default; a round has four messages per node.
        "FLWR_SUPEREXEC_TASK_POLL_INTERVAL": "0.2",
        "PYTHONUNBUFFERED": "1",  # lines reach the log when they are written, not when a block is full
    }


def _loopback(kept: Mapping[str, str]) -> dict[str, str]:
    """Keep a proxy out of the way: Flower's HTTP client would ask it for 127.0.0.1."""
    hosts = ["127.0.0.1", "localhost"]
    names = ("NO_PROXY", "no_proxy")
    return {name: ",".join([*hosts, *filter(None, [kept.get(name)])]) for name in names}
