"""What `run.json` says of a run: versions, commit, command, options taken by default, memory."""

import platform
import resource
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fedser import __version__
from fedser.config import Section

PACKAGES = ("torch", "numpy", "transformers", "pandas", "scipy")


def new_record(config: Any, defaults: Sequence[str], packages: Sequence[str] = PACKAGES) -> dict[str, Any]:
    """Return the record of a run that begins; `defaults` are the options to list where they were not chosen."""
    values = config.model_dump()
    silent = [
        f"{key} = {values[key.split('.')[0]][key.split('.')[1]]}" for key in defaults if not _is_set(config, key)
    ]
    return {
        "fedser": __version__,
        "python": platform.python_version(),
        **{package: version(package) for package in packages},
        "git_commit": _git_commit(),
        "command": " ".join(["fedser", *sys.argv[1:]]),
        "seeds": list(range(config.seeds)),
        "environments": [environment.name for environment in config.environments],
        "defaults": silent,
        "started": now(),
    }


def now() -> str:
    """Return the time, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def peak_memory_mb() -> int:
    """Return the memory of the largest process so far, this one and those it has waited for, in MiB."""
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return round(peak / 1024)


def _is_set(config: Section, key: str) -> bool:
    section, option = key.split(".")
    return section in config.model_fields_set and option in getattr(config, section).model_fields_set


def _git_commit() -> str:
    """Return the commit of the checkout this code runs from, or "" when it is installed."""
    here = Path(__file__).parent
    command = ["git", "-C", str(here), "rev-parse", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""
