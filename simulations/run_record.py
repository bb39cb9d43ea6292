"""What `run.json` says of a run: versions, commit, command, options taken by default, memory."""

import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

from fedser import plugins
from fedser.config import Experiment
from fedser.report.kinds import kind_of_run
from fedser.results.untouched import FILES, digests_of
from fedser.version import __version__
from simulations.run_folder import write_record

resource: ModuleType | None
try:
    import resource
except ImportError:  # Windows
    resource = None

PACKAGES = ("torch", "numpy", "transformers", "pandas", "scipy")


def new_record(
    config: Any, command: str, defaults: Sequence[str], packages: Sequence[str] = PACKAGES
) -> dict[str, Any]:
    """Return the record of a run that begins; `defaults` are the options to list where they were not chosen."""
    return {
        "fedser": __version__,
        "python": platform.python_version(),
        **{package: version(package) for package in packages},
        "git_commit": _git_commit(),
        "command": command,
        "seeds": list(range(config.seeds)),
        "environments": [environment.name for environment in config.environments],
        "defaults": _defaults(config, defaults),
        "extensions": plugins.origins(config.used_extensions()),
        "started": now(),
    }


def finish(folder: Path, record: dict[str, Any]) -> None:
    """Write the record of a run that has come to its end, with what a reader must know before its numbers."""
    record["finished"] = now()
    record[FILES] = digests_of(folder)
    write_record(folder, record)
    kind = kind_of_run(folder)
    record["warnings"] = list(kind.warnings(kind.read(folder)))
    write_record(folder, record)


def now() -> str:
    """Return the time, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def peak_memory_mb() -> int | None:
    """Return the memory of the largest process so far, this one and those it has waited for, in MiB.

    None where the system does not say.
    """
    if resource is None:
        return None
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return round(int(peak) / 1024)


def _defaults(config: Experiment, keys: Sequence[str]) -> list[str]:
    """Return `section.option = value` of options that were not chosen: those of `keys`, and of all extensions."""
    sections = {name: getattr(config, name) for name in dict.fromkeys(key.partition(".")[0] for key in keys)}
    silent = [key.split(".") for key in keys]
    sections |= config.extensions
    silent += [
        [name, option] for name, section in config.extensions.items() for option in type(section).model_fields
    ]
    return [
        f"{name}.{option} = {getattr(sections[name], option)}"
        for name, option in silent
        if option not in sections[name].model_fields_set
    ]


def _git_commit() -> str:
    """Return the commit of the checkout this code runs from, or "" when it is installed."""
    here = Path(__file__).parent
    command = ["git", "-C", str(here), "rev-parse", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""
