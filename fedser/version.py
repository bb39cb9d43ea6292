"""fedser's version: of the project file beside these sources, or else of the installed package."""

import tomllib
from importlib.metadata import version
from pathlib import Path


def _of_sources() -> str | None:
    """Return what pyproject.toml says, or None without one: an installed package has none, Flower's copy has.

    Of sources installed for editing, the installed package would only know the version of that day.
    """
    file = Path(__file__).parents[1] / "pyproject.toml"
    try:
        project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
    except (OSError, KeyError, ValueError):
        return None
    return str(project["version"]) if project.get("name") == "fedser" else None


__version__ = _of_sources() or version("fedser")
