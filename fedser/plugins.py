"""Extensions by name: fedser's own, those of installed packages, and those of modules that a configuration names.

A method, a rule, a corpus, … is a class (or an object) with a `name` and with `extends`, the group it belongs to,
which its base class says. It becomes known in one of three ways:

- fedser's own stand in the registry of their group, one line each, imported when first asked for;
- an installed package announces an entry point of the group `fedser.<group>` by the same name;
- a module named in `[plugins] modules` of a configuration puts `@fedser.register` before it.

Every process of a run does the same: the configuration names the modules, and worker processes, Ray and SuperNodes
read it.
"""

import hashlib
import importlib
import importlib.util
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, distribution, entry_points, packages_distributions, version
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar, cast

from fedser.errors import ConfigError, did_you_mean
from fedser.version import __version__

GROUPS = ("strategies", "rules", "corpora", "encoders", "mobility", "defences", "attacks", "metrics", "poisonings")

Kind = TypeVar("Kind")
Extension = TypeVar("Extension")

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_registered: dict[str, dict[str, "_Registered"]] = {group: {} for group in GROUPS}
"""What `register` was called with, by group and name; the same in every process that imported the same modules."""
_registries: dict[str, "Registry[Any]"] = {}
_folders: list[str] = []
"""Where modules were looked for beside what Python finds by itself."""
_digests: dict[str, str] = {}
"""Of the files of `[plugins] modules` when they were imported."""


@dataclass(frozen=True)
class Origin:
    """Where an extension comes from, for the record of a run."""

    group: str
    name: str
    source: str
    """ "fedser", the package that is installed, or the module."""
    version: str
    """Of the package; of a module that belongs to none, the beginning of its file's SHA-256."""


@dataclass(frozen=True)
class _Registered:
    """An extension, the module that registered it, and its own name there: they tell it from another."""

    thing: Any
    module: str
    label: str

    @property
    def address(self) -> str:
        return f"{self.module}.{self.label}"


class Registry(Mapping[str, Kind], Generic[Kind]):
    """The extensions of one group by name.

    group: one of `GROUPS`. word: what a message calls one of them. own: fedser's by name, as "module:attribute".
    """

    def __init__(self, group: str, word: str, own: Mapping[str, str]) -> None:
        self.group, self.word = group, word
        self._own: dict[str, str] = dict(own)
        _registries[group] = self
        self._refuse_taken()

    def add(self, own: Mapping[str, str]) -> None:
        """Add fedser's own that stand in a layer above this registry's."""
        self._own.update(own)
        self._refuse_taken()

    def __getitem__(self, name: str) -> Kind:
        if name in self._own:
            module, _, attribute = self._own[name].partition(":")
            return cast(Kind, getattr(importlib.import_module(module), attribute))
        if name in _installed(self.group):
            return cast(Kind, _loaded(self.group, name))
        return cast(Kind, _registered[self.group][name].thing)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._own, *_installed(self.group), *_registered[self.group]]))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __contains__(self, name: object) -> bool:
        return name in self._own or name in _installed(self.group) or name in _registered[self.group]

    def find(self, name: str, where: str) -> Kind:
        """Return the extension of a name; raises ConfigError, which begins with `where`, for an unknown one."""
        if name not in self:
            raise ConfigError(f'{where}: unknown {self.word} "{name}"{did_you_mean(name, self)}')
        return self[name]

    def known(self, name: str) -> str:
        """Return the name of an extension, as sections validate it; raises ValueError for an unknown one."""
        if name not in self:
            raise ValueError(f'names the unknown {self.word} "{name}"{did_you_mean(name, self)}')
        return name

    def origin(self, name: str) -> Origin:
        """Return where an extension comes from; raises KeyError for an unknown one."""
        if name in self._own:
            return Origin(self.group, name, "fedser", __version__)
        if name in _installed(self.group):
            found = _installed(self.group)[name].dist
            return Origin(self.group, name, found.name if found else "?", found.version if found else "?")
        return Origin(self.group, name, *_source(_registered[self.group][name].module))

    def _refuse_taken(self) -> None:
        """Raise ConfigError where something was registered under a name of fedser's own or of a package's."""
        for name, given in _registered[self.group].items():
            if name in self._own or (name in _installed(self.group) and self[name] is not given.thing):
                source = self.origin(name).source
                raise ConfigError(f'register: the name "{name}" of {given.address} is taken by {source}')


def registry(group: str) -> Registry[Any]:
    """Return the registry of a group; raises KeyError before the module that makes it has been imported."""
    return _registries[group]


def register(thing: Extension) -> Extension:
    """Make an extension known by its name; the decorator of plugin modules, `@fedser.register`.

    Raises ConfigError where it is no extension, or its name is taken. A class that is defined anew, as in a
    notebook's cell, takes the place of the old one.
    """
    label = getattr(thing, "__qualname__", type(thing).__qualname__)
    group, name = getattr(thing, "extends", None), getattr(thing, "name", None)
    if group not in GROUPS:
        raise ConfigError(
            f"register: {label} extends nothing of fedser; derive it from fedser.Strategy, fedser.Rule or another "
            "of its base classes"
        )
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ConfigError(
            f'register: {label} needs a name of small letters, digits and hyphens, such as name = "my-method", '
            f"got {name!r}"
        )
    given = _Registered(thing, sys._getframe(1).f_globals.get("__name__", ""), label)
    before = _registered[group].get(name)
    if before is not None and before.address != given.address:
        raise ConfigError(f'register: the name "{name}" of {given.address} is taken by {before.address}')
    _registered[group][name] = given
    if group in _registries:
        try:
            _registries[group]._refuse_taken()
        except ConfigError:
            del _registered[group][name]
            raise
    return thing


def load_modules(names: Iterable[str]) -> None:
    """Import the modules of `[plugins] modules`; raises ConfigError, in one line, for one that cannot be had.

    A module stays as it was first imported, whatever becomes of its file: a run has one version of it. Between
    runs of one process, `forget_changed_modules` lets it be imported anew.
    """
    for name in names:
        if not all(part.isidentifier() for part in name.split(".")):
            raise ConfigError(f'[plugins] modules: "{name}" is not the name of a module, such as "my_method"')
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
                places = " or ".join(_folders[-3:]) or "the working folder"
                raise ConfigError(f'[plugins] modules: no module "{name}" in {places}, nor installed') from None
            raise _failed(name, error) from error
        except ConfigError:
            raise
        except Exception as error:
            raise _failed(name, error) from error
        _digests.setdefault(name, _digest(module))


def forget_changed_modules() -> None:
    """Let `load_modules` import those modules anew whose files have changed, as between runs in a notebook."""
    for name, digest in list(_digests.items()):
        if name in sys.modules and _digest(sys.modules[name]) != digest:
            del _digests[name], sys.modules[name]


def look_in(*folders: Path) -> None:
    """Look for plugin modules in these folders too, after everything else that Python knows."""
    for folder in folders:
        text = str(folder.absolute())
        if text not in _folders:
            _folders.append(text)
        if text not in sys.path:
            sys.path.append(text)


def search_path() -> list[str]:
    """Return the folders of `look_in`, for processes that do not inherit `sys.path`."""
    return list(_folders)


def origins(used: Mapping[str, Iterable[str]]) -> list[dict[str, str]]:
    """Return group, name, source and version of the extensions used, given by group; for run.json."""
    return [
        vars(_registries[group].origin(name)) for group, names in used.items() for name in dict.fromkeys(names)
    ]


@cache
def _installed(group: str) -> Mapping[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=f"fedser.{group}")}


@cache
def _loaded(group: str, name: str) -> Any:
    point = _installed(group)[name]
    try:
        thing = point.load()
    except Exception as error:
        package = point.dist.name if point.dist else point.value
        raise ConfigError(f'the package {package} announces "{name}" ({group}), but {_said(error)}') from error
    if getattr(thing, "extends", None) != group or getattr(thing, "name", None) != name:
        raise ConfigError(
            f'the entry point "{name}" of fedser.{group} leads to {point.value}, which is no extension of that '
            "group and name"
        )
    return thing


def _failed(name: str, error: Exception) -> ConfigError:
    return ConfigError(f'[plugins] modules: importing "{name}" failed: {_said(error)}')


def _said(error: Exception) -> str:
    """Return an error in one line, with the file and line that raised it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" ({Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno})" if trace else ""
    return f"{type(error).__name__}: {' '.join(str(error).split())}{place}"


def _source(module: str) -> tuple[str, str]:
    """Return the package that a module belongs to and its version, or the module and a digest of its file."""
    file = getattr(sys.modules.get(module), "__file__", None)
    for package in packages_distributions().get(module.partition(".")[0], []):
        # Several packages may hold a folder of one name, such as "tests".
        if file and Path(file).is_relative_to(Path(str(distribution(package).locate_file("")))):
            return package, version(package)
    return module, _digest(sys.modules.get(module))


def _digest(module: ModuleType | None) -> str:
    """Return the beginning of the SHA-256 of a module's file."""
    file = getattr(module, "__file__", None)
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()[:12] if file and Path(file).exists() else "unknown"
