"""The configurations that come with fedser, by name: `configs/` of the sources, and in the wheel."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fedser.errors import ConfigError, did_you_mean

STUDIES = "studies"
"""The folder of studies, below the others."""
_EMBEDDED = "synthetic"
"""The corpus that needs no data."""


@dataclass(frozen=True)
class Description:
    """What a configuration is, in a line; the command that runs it; and what data that takes."""

    command: str
    summary: str
    needs: str


def folder() -> Path:
    """Return where they are: beside this file where fedser is installed, else in the sources' `configs/`."""
    here = Path(__file__).parent
    return next(place for place in (here / "configs", here.parent / "configs") if place.is_dir())


def names() -> list[str]:
    """Return what they are called, in alphabetical order."""
    return sorted(file.stem for file in folder().glob("*.toml"))


def descriptions() -> list[Description]:
    """Return what each of them is, by its first two lines and the corpora that it names."""
    studies = [folder() / STUDIES / f"{name}.toml" for name in study_names()]
    return [_describe(file) for file in [*(folder() / f"{name}.toml" for name in names()), *studies]]


def find(config: Path) -> Path:
    """Return the file of a configuration: the path itself if there is a file, else what is shipped by this name.

    Raises ConfigError for what is neither; it lists the names that are known, or says which one is meant.
    """
    if _is_there(config):
        return config
    shipped = names()
    if str(config) in (config.stem, f"{config.stem}.toml") and config.stem in shipped:
        return folder() / f"{config.stem}.toml"
    if config.is_dir():
        raise ConfigError(f"{config}: is a folder; expected a configuration file, or the name of one")
    if config.stem in shipped:
        raise ConfigError(f'{config}: no such configuration file; by its name alone, "{config.stem}", it is known')
    known = did_you_mean(config.stem, shipped)
    raise ConfigError(f"{config}: no such configuration file, nor does one of this name come with fedser{known}")


def study_names() -> list[str]:
    """Return what the studies are called that come with fedser, in alphabetical order."""
    return sorted(file.stem for file in (folder() / STUDIES).glob("*.toml"))


def find_study(study: Path) -> Path:
    """Return the file of a study: the path itself if there is a file, else what is shipped by this name."""
    shipped = folder() / STUDIES / f"{study.stem}.toml"
    if not _is_there(study) and str(study) in (study.stem, shipped.name):
        if shipped.is_file():
            return shipped
        raise ConfigError(f"{study}: no such study{did_you_mean(study.stem, study_names())}")
    if not _is_there(study):
        raise ConfigError(f"{study}: no such study file")
    return study


def _is_there(config: Path) -> bool:
    """Return whether there is something that can be tried to read; raises ConfigError where nobody may look."""
    try:
        return config.exists() and not config.is_dir()
    except OSError as error:
        raise ConfigError(f"{config}: cannot be read as a configuration file ({error.strerror})") from None


def _describe(file: Path) -> Description:
    text = file.read_text(encoding="utf-8")
    command, summary = (line.removeprefix("#").strip() for line in text.splitlines()[:2])
    values = tomllib.loads(text)
    if "base" in values:  # a study needs what its base does
        values["base"] = tomllib.loads((file.parent / values["base"]).read_text(encoding="utf-8"))
    corpora = [name for name in _named("corpus", values) if name != _EMBEDDED]
    needs = ", ".join(dict.fromkeys([*corpora, *_named("checkpoint", values)])) or "nothing"
    where = file.relative_to(folder()).as_posix()
    return Description(command.replace(f"configs/{where}", file.stem), summary, f"needs {needs}")


def _named(key: str, values: Any) -> Iterator[str]:
    """Yield what a key is set to, wherever it stands."""
    if isinstance(values, dict):
        for name, value in values.items():
            if name == key and isinstance(value, str):
                yield value
            yield from _named(key, value)
    elif isinstance(values, list):
        for value in values:
            yield from _named(key, value)
