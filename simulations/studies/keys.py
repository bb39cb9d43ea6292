"""Keys of a configuration by their dotted names, also into lists of named tables such as [[environments]]."""

from collections.abc import Mapping
from typing import Any, TypeGuard

from fedser.errors import ConfigError, did_you_mean


def with_key(values: Mapping[str, Any], key: str, value: Any, where: str) -> dict[str, Any]:
    """Return values with one key set; what is given is left as it is.

    A part of the key that meets a list of tables takes the one of that name: `environments.office.acoustics`. A
    list of names in place of such a list takes those tables, in that order.

    Raises ConfigError for a key that leads into something that is no section, and for an unknown name.

    >>> with_key({"environments": [{"name": "a"}, {"name": "b"}]}, "environments", ["b", "a"], "study")
    {'environments': [{'name': 'b'}, {'name': 'a'}]}
    """
    first, dot, rest = key.partition(".")
    if not first or (dot and not rest):
        raise ConfigError(f'{where}: "{key}" is no key; expected section.key')
    old = values.get(first)
    if not dot:
        return {**values, first: _chosen(old, value, first, where)}
    if _named(old):
        name, dot, rest = rest.partition(".")
        known = [table["name"] for table in old]
        if name not in known:
            raise ConfigError(f'{where}: {first} has no "{name}"{did_you_mean(name, known)}')
        if not dot:
            raise ConfigError(f'{where}: "{key}" names a table; expected {first}.{name}.key')
        tables = [with_key(table, rest, value, where) if table["name"] == name else table for table in old]
        return {**values, first: tables}
    if old is not None and not isinstance(old, Mapping):
        raise ConfigError(f'{where}: "{key}" leads into {first}, which is no section')
    return {**values, first: with_key(old or {}, rest, value, where)}


def _chosen(old: Any, value: Any, key: str, where: str) -> Any:
    """Return a value; of named tables those that it names."""
    if not (_named(old) and isinstance(value, list) and value and all(isinstance(name, str) for name in value)):
        return value
    tables = {table["name"]: table for table in old}
    for name in value:
        if name not in tables:
            raise ConfigError(f'{where}: {key} has no "{name}"{did_you_mean(name, tables)}')
    return [tables[name] for name in value]


def _named(value: Any) -> TypeGuard[list[Mapping[str, Any]]]:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(table, Mapping) and isinstance(table.get("name"), str) for table in value)
    )
