"""Strict, typed sections of a TOML configuration, with one-line errors.

An algorithm declares its options beside itself as a frozen `Section`; an experiment puts sections together.
Unknown keys are refused with a suggestion, values are never converted silently.
"""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Self, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from fedser.errors import ConfigError, did_you_mean


class Section(BaseModel):
    """A frozen group of options; unknown keys and wrong types are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @classmethod
    def read(cls, values: Mapping[str, Any], where: str) -> Self:
        """Return the section from plain values; raises ConfigError naming `where` and the key."""
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise ConfigError(_one_line(cls, error.errors()[0], where)) from None


AnySection = TypeVar("AnySection", bound=Section)


def load(path: Path, kind: type[AnySection], overrides: Iterable[str] = ()) -> AnySection:
    """Return a configuration file as a section, with `section.key=value` overrides applied.

    Raises ConfigError, in one line, for a missing file, broken TOML, an unknown key or a wrong value.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such configuration file") from None
    except (IsADirectoryError, PermissionError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as a configuration file ({error})") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    for override in overrides:
        _apply(values, override)
    return kind.read(values, str(path))


def _apply(values: dict[str, Any], override: str) -> None:
    """Set one `section.key=value`; the value is TOML, or else a plain string."""
    key, equals, text = override.partition("=")
    if not equals or not key.strip():
        raise ConfigError(f'--set {override}: expected section.key=value, for example "memory.capacity=100"')
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    *path, last = key.strip().split(".")
    table = values
    for part in path:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise ConfigError(f"--set {override}: {part} is not a section")
    table[last] = value


def _one_line(kind: type[BaseModel], error: ErrorDetails, where: str) -> str:
    """Turn a pydantic error into `file [section]: what is wrong, what was expected`."""
    *path, key = error["loc"] or ("",)
    section = f" [{'.'.join(str(part) for part in path)}]" if path else ""
    place = f"{where}{section}"
    if error["type"] == "extra_forbidden":
        return f'{place}: unknown key "{key}"{did_you_mean(str(key), _keys(kind, path))}'
    if error["type"] == "missing":
        return f'{place}: the key "{key}" is missing'
    message = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    given = "" if error["type"] == "value_error" else f", got {error['input']!r}"
    return f"{place}: {key} {message}{given}" if key != "" else f"{place}: {message}"


def _keys(kind: type[BaseModel], path: Iterable[Any]) -> list[str]:
    """Return the keys that the section at `path` of a configuration knows."""
    for part in path:
        field = kind.model_fields.get(str(part))
        if field is not None:
            kind = _section_in(field.annotation) or kind
    return list(kind.model_fields)


def _section_in(annotation: Any) -> type[BaseModel] | None:
    """Return the section that an annotation such as `list[X]` or `X | None` holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (list, tuple, Union, UnionType):
        return next((found for part in get_args(annotation) if (found := _section_in(part))), None)
    return None
