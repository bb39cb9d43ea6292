"""A configuration as plain values: read from a file, changed key by key, merged with another.

All of them go through `spelt` before a section is made of them: texts in one spelling, tables and numbers within
bounds that no experiment reaches.
"""

import copy
import math
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from fedser.errors import ConfigError
from fedser.file_names import existing
from fedser.spelling import NotUtf8Error, decoded, has_control, one_form, shown

Changes = Iterable[str] | Mapping[str, Any]
"""`section.key=value` as on the command line, or a mapping from `section.key` (or from sections) to values."""

LARGEST_REAL = 3e38
"""Models are of float32, which goes up to 3.4e38."""
DEEPEST = 16
"""Tables within tables; experiments have four."""
LARGEST = 2**53
"""Whole numbers beyond are not told apart as floating-point ones."""


def read_values(path: Path, changes: Changes = ()) -> dict[str, Any]:
    """Return what a TOML file says, changed; raises ConfigError, in one line, if it cannot be read."""
    try:
        values = tomllib.loads(decoded(existing(path).read_bytes()))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such configuration file") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read as a configuration file ({error.strerror})") from None
    except NotUtf8Error as error:
        raise ConfigError(f"{path}: {error}") from None
    except RecursionError:
        raise ConfigError(f"{path}: not valid TOML: tables or lists are nested too deeply") from None
    except ValueError as error:  # also an integer of thousands of digits, or a NUL in the path
        raise ConfigError(f"{shown(str(path))[1:-1]}: not valid TOML: {error}") from None
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
    _refuse_depth(values, "configuration")
    new = copy.deepcopy(dict(values))
    if isinstance(changes, Mapping):
        _refuse_depth(changes, "changes")
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


def spelt(values: Any, where: str) -> Any:
    """Return values with their texts and keys in one spelling.

    Raises ConfigError, beginning with `where`, for control characters in a text, numbers too large to count, and
    tables that are nested too deeply.
    """
    _refuse_depth(values, where)
    return _spelt(values, where, "")


def _spelt(value: Any, where: str, key: str) -> Any:
    # Exactly these types: a mapping of another kind has a meaning of its own.
    if type(value) is dict:
        return {
            _spelt(name, where, key): _spelt(inner, where, f"{key}.{one_form(str(name))}".removeprefix("."))
            for name, inner in value.items()
        }
    if type(value) is list:
        return [_spelt(inner, where, key) for inner in value]
    said = f"{where}: {key}" if key.isprintable() else where
    if isinstance(value, str):
        if has_control(value):
            raise ConfigError(
                f"{said} holds control characters, such as a line end: {shown(value)}; leave them out"
            )
        return one_form(value)
    if isinstance(value, int) and abs(value) > LARGEST:
        raise ConfigError(f"{said} is a number beyond ±2⁵³, {shown(value)}; no option goes that far")
    if isinstance(value, float) and math.isfinite(value) and abs(value) > LARGEST_REAL:
        raise ConfigError(f"{said} is a number beyond ±{LARGEST_REAL:g}, {value:g}; no option goes that far")
    return value


def _refuse_long(key: str) -> None:
    if key.count(".") > DEEPEST:
        raise ConfigError(f"{shown(key)} is nested more than {DEEPEST} deep; expected section.key")


def _refuse_depth(values: Any, where: str) -> None:
    level = [values]
    for _ in range(DEEPEST):
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return
    raise ConfigError(f"{where}: tables or lists are nested more than {DEEPEST} deep; no option is")


def _inside(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return [each for each in inner if isinstance(each, Mapping | list | tuple)]


def _nested(key: str, value: Any) -> dict[str, Any]:
    _refuse_long(key)
    first, dot, rest = key.partition(".")
    return {first: _nested(rest, value) if dot else value}


def _set(values: dict[str, Any], change: str) -> None:
    """Set one `section.key=value`; the value is TOML, or else a plain string."""
    key, equals, text = change.partition("=")
    if not equals or not key.strip():
        raise ConfigError(f'--set {change}: expected section.key=value, for example "memory.capacity=100"')
    _refuse_long(key)
    try:
        value = text.strip() if has_control(text) else tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    except (ValueError, RecursionError):  # an integer of thousands of digits, lists in lists
        raise ConfigError(f"--set {key}: the value is too large or too deeply nested to be read") from None
    *path, last = key.strip().split(".")
    table = values
    for part in path:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise ConfigError(f"--set {change}: {part} is not a section; expected section.key=value")
    table[last] = value
