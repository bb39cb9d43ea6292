"""A configuration as plain values: read from a file, changed key by key, merged with another."""

import copy
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from fedser.errors import ConfigError

Changes = Iterable[str] | Mapping[str, Any]
"""`section.key=value` as on the command line, or a mapping from `section.key` (or from sections) to values."""


def read_values(path: Path, changes: Changes = ()) -> dict[str, Any]:
    """Return what a TOML file says, changed; raises ConfigError, in one line, if it cannot be read."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such configuration file") from None
    except (IsADirectoryError, PermissionError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as a configuration file ({error})") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    return changed(values, changes)


def changed(values: Mapping[str, Any], changes: Changes) -> dict[str, Any]:
    """Return values with some keys set; what stands there already is left as it is.

    Raises ConfigError for a change that cannot be read, or that puts a key into something that is no section.

    >>> changed({"memory": {"capacity": 8}}, ["memory.capacity=2", "seeds=1"])
    {'memory': {'capacity': 2}, 'seeds': 1}
    >>> changed({"memory": {"capacity": 8}}, {"memory": {"outer_share": 0.5}, "model.width": 4})
    {'memory': {'capacity': 8, 'outer_share': 0.5}, 'model': {'width': 4}}
    """
    if isinstance(changes, str):
        raise ConfigError(f'changes: expected a list or a mapping, got "{changes}"; write ["{changes}"]')
    new = copy.deepcopy(dict(values))
    if isinstance(changes, Mapping):
        for key, value in changes.items():
            new = merged(new, _nested(key, copy.deepcopy(value)))
    else:
        for change in changes:
            _set(new, change)
    return new


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return `below` with the keys of `above`; tables that both have are joined key by key.

    >>> merged({"rounds": 3, "memory": {"capacity": 8}}, {"memory": {"capacity": 2}})
    {'rounds': 3, 'memory': {'capacity': 2}}
    """
    joined = dict(below)
    for key, value in above.items():
        old = joined.get(key)
        joined[key] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return joined


def _nested(key: str, value: Any) -> dict[str, Any]:
    first, dot, rest = key.partition(".")
    return {first: _nested(rest, value) if dot else value}


def _set(values: dict[str, Any], change: str) -> None:
    """Set one `section.key=value`; the value is TOML, or else a plain string."""
    key, equals, text = change.partition("=")
    if not equals or not key.strip():
        raise ConfigError(f'--set {change}: expected section.key=value, for example "memory.capacity=100"')
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    *path, last = key.strip().split(".")
    table = values
    for part in path:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise ConfigError(f"--set {change}: {part} is not a section")
    table[last] = value
