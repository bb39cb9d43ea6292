"""fedser's packages, and what Python may find in their place: another `clients` or `simulations` on the path.

The names are common ones. A user's own folder of such a name, found first, would break fedser deep within.
"""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from fedser.errors import ForeignPackageError

NAMES = ("fedser", "clients", "simulations")

ROOT = Path(__file__).resolve().parents[1]
"""The folder that holds all three."""

_LOOK = """
import importlib.util, json
specs = [importlib.util.find_spec(name) for name in {names}]
print(json.dumps([spec and (spec.origin or list(spec.submodule_search_locations)[0]) for spec in specs]))
"""


def check() -> None:
    """Raise ForeignPackageError, which names the file, where Python finds another package by one of the names."""
    for name in NAMES:
        _refuse_foreign(name, _found(name))


def check_in(environment: Mapping[str, str], folder: Path) -> None:
    """Raise it where a Python of this environment, started in a folder, would find another package."""
    look = [sys.executable, "-P", "-c", _LOOK.format(names=NAMES)]
    ended = subprocess.run(look, env=dict(environment), cwd=folder, capture_output=True, text=True, check=True)
    for name, file in zip(NAMES, json.loads(ended.stdout), strict=True):
        _refuse_foreign(name, file)


def _found(name: str) -> str | None:
    """Return the file, or the folder, that a package is imported from."""
    try:
        spec = importlib.util.find_spec(name)
    except ValueError:  # something by this name was made in memory
        return f"<{name}>"
    if spec is None:
        return None
    return spec.origin or next(iter(spec.submodule_search_locations or []), None)


def _refuse_foreign(name: str, found: str | None) -> None:
    if found is None:
        raise ForeignPackageError(
            f'fedser\'s package "{name}" is not found; install fedser, or put {ROOT} into PYTHONPATH, from / on'
        )
    if Path(found).resolve() != ROOT / name / "__init__.py":
        raise ForeignPackageError(
            f'{found}: is in the way of fedser\'s own package "{name}"; rename it, or start fedser from elsewhere '
            "and without its folder in PYTHONPATH"
        )
