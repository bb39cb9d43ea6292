"""Strict, typed sections of a TOML configuration, with one-line errors.

An algorithm declares its options beside itself as a frozen `Section`; an experiment puts sections together.
Unknown keys are refused with a suggestion, values are never converted silently. A strategy, a rule or another
extension is such a section too, and stands in the configuration under its name: `Experiment` knows them all.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, ClassVar, Self, TypeVar, Union, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    ValidationError,
    ValidationInfo,
    model_serializer,
    model_validator,
)
from pydantic_core import ErrorDetails

from fedser import plugins
from fedser.errors import ConfigError, did_you_mean
from fedser.spelling import LONGEST_SENTENCE, clipped, shown
from fedser.values import Changes, read_values, spelt

_PREFIX = re.compile(r"(Value error, |(Input|List|Dictionary|String) (?=should))")


class Section(BaseModel):
    """A frozen group of options; unknown keys, wrong types, and numbers that are not finite are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @classmethod
    def read(cls, values: Mapping[str, Any], where: str) -> Self:
        """Return the section from plain values, spelt alike; raises ConfigError naming `where` and the key."""
        plain = spelt(dict(values), where)
        try:
            return cls.model_validate(plain, context={"where": where})
        except ValidationError as error:
            raise ConfigError(_one_line(cls, error.errors()[0], where)) from None


AnySection = TypeVar("AnySection", bound=Section)


class PluginSection(Section):
    """[plugins]: modules of one's own, imported before the rest is read."""

    modules: list[str] = Field([])
    """They register strategies, rules, corpora, …. A module is found as Python finds it, in the configuration's
    folder, or in the working folder."""


class Experiment(Section):
    """A whole configuration: sections of its own, and one for each extension that has options, by its name.

    A subclass says which groups of extensions may have sections (`groups`), and which extensions it uses
    (`used_extensions`): their sections are there even where the file leaves them out.
    """

    groups: ClassVar[tuple[str, ...]] = ()

    plugins: PluginSection = PluginSection()
    """Modules of one's own."""
    extensions: dict[str, Any] = Field({}, repr=False)
    """Name → section. In a file they stand at the top, like all others."""

    def used_extensions(self) -> dict[str, list[str]]:
        """Return the names of the extensions that this configuration uses, by group."""
        return {}

    def section(self, name: str) -> Any:
        """Return the section of an extension, with its defaults where the file does not have it."""
        if name in self.extensions:
            return self.extensions[name]
        known = _with_options(self.groups)
        return known[name]() if name in known else None

    @model_validator(mode="before")
    @classmethod
    def _take_extensions(cls, values: Any, info: ValidationInfo) -> Any:
        if not isinstance(values, dict) or isinstance(values.get("extensions"), _Taken):
            return values
        where = (info.context or {}).get("where", "configuration")
        named = values.get("plugins")
        if isinstance(named, dict) and isinstance(named.get("modules"), list):
            plugins.load_modules([name for name in named["modules"] if isinstance(name, str)])
        known = _with_options(cls.groups)
        for name in known.keys() & cls.model_fields.keys():
            raise ConfigError(f"{where}: [{name}] is a section of its own; register the extension by another name")
        own = {key: value for key, value in values.items() if key not in known}
        taken = _Taken()
        for key in sorted(values.keys() - own.keys()):
            if not isinstance(values[key], dict | Section):
                raise ConfigError(f"{where}: {key} is a section, [{key}], got {shown(values[key])}")
            given = values[key]
            taken[key] = given if isinstance(given, Section) else known[key].read(given, f"{where} [{key}]")
        if "extensions" in own:
            raise ConfigError(f'{where}: unknown key "extensions"; the section of an extension is its name')
        return own | {"extensions": taken}

    @model_validator(mode="after")
    def _complete(self, info: ValidationInfo) -> Self:
        """Add the sections of what is used: a resolved configuration spells them out."""
        known, where = _with_options(self.groups), (info.context or {}).get("where", "configuration")
        for name in (name for names in self.used_extensions().values() for name in names):
            if name in known and name not in self.extensions:
                self.extensions[name] = known[name].read({}, f"{where} [{name}]")
        return self

    @model_serializer(mode="wrap")
    def _beside_the_others(
        self, handler: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> dict[str, Any]:
        values: dict[str, Any] = handler(self)
        values.pop("extensions", None)
        if info.exclude_unset and not self.plugins.modules:
            values.pop("plugins", None)
        for name, section in sorted(self.extensions.items()):  # in one order, whoever asked for them first
            if section.model_fields_set or not info.exclude_unset:
                values[name] = section.model_dump(exclude_unset=info.exclude_unset)
        return values


class _Taken(dict[str, Any]):
    """The sections of extensions, read already."""


def _with_options(groups: Iterable[str]) -> dict[str, type[Section]]:
    """Return the extensions of some groups that are sections with at least one option, by name.

    Raises ConfigError where extensions of two groups would have one section.
    """
    found: dict[str, type[Section]] = {}
    for group in groups:
        for name, thing in plugins.registry(group).items():
            if not (isinstance(thing, type) and issubclass(thing, Section) and thing.model_fields):
                continue
            if name in found:
                raise ConfigError(
                    f"[{name}] would be the section of two extensions, {found[name].__qualname__} and "
                    f"{thing.__qualname__}; register one of them by another name"
                )
            found[name] = thing
    return found


def load(path: Path, kind: type[AnySection], changes: Changes = ()) -> AnySection:
    """Return a configuration file as a section, with changes such as `section.key=value`.

    Plugin modules are looked for beside the file and in the working folder. Raises ConfigError, in one line, for
    a missing file, broken TOML, an unknown key or a wrong value.
    """
    values = read_values(path, changes)
    plugins.look_in(path.parent, Path())
    return kind.read(values, str(path))


def _one_line(kind: type[BaseModel], error: ErrorDetails, where: str) -> str:
    """Turn a pydantic error into `file [section]: what is wrong, what was expected`."""
    *path, key = error["loc"] or ("",)
    section = f" [{clipped('.'.join(str(part) for part in path))}]" if path else ""
    place = f"{where}{section}"
    if error["type"] == "extra_forbidden":
        return f'{place}: unknown key "{clipped(str(key))}"{did_you_mean(str(key), _keys(kind, path))}'
    if error["type"] == "missing":
        return f'{place}: the key "{key}" is missing'
    message = clipped(_PREFIX.sub("", error["msg"]), LONGEST_SENTENCE).replace(" after validation, not", ", not")
    given = "" if error["type"] == "value_error" else f", got {shown(error['input'])}"
    return f"{place}: {key} {message}{given}" if key != "" else f"{place}: {message}"


def _keys(kind: type[BaseModel], path: Iterable[Any]) -> list[str]:
    """Return the keys that the section at `path` of a configuration knows."""
    for part in path:
        field = kind.model_fields.get(str(part))
        if field is not None:
            kind = section_in(field.annotation) or kind
    if issubclass(kind, Experiment):
        return [*(key for key in kind.model_fields if key != "extensions"), *_with_options(kind.groups)]
    return list(kind.model_fields)


def section_in(annotation: Any) -> type[BaseModel] | None:
    """Return the section that an annotation such as `list[X]` or `X | None` holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (list, tuple, Union, UnionType):
        return next((found for part in get_args(annotation) if (found := section_in(part))), None)
    return None
