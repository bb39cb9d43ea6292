"""Every key that a configuration may have, as `fedser options` and the reference of the documentation say it."""

import importlib
import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from fedser import plugins
from fedser.acoustics import AcousticOptions
from fedser.config import Section, section_in
from fedser.errors import ConfigError, did_you_mean
from fedser.option_texts import option_texts
from fedser.values import LARGEST
from simulations.kinds import experiment_kinds

GROUP_MODULES = {
    "strategies": "fedser.strategies",
    "rules": "clients.rules",
    "corpora": "fedser.corpora",
    "encoders": "fedser.features.catalogue",
    "mobility": "fedser.mobility",
    "defences": "fedser.privacy.defences",
    "attacks": "fedser.privacy.attacks",
    "poisonings": "fedser.poisoning",
}
"""The groups whose extensions have options, and what to import so that fedser's own are known."""
OPTIONS_OF = {"corpora": "options", "encoders": "acoustic_options, lexical_options"}
"""Groups whose options stand in a key of another section, not in a section of the extension's name."""
_BOUNDS = {
    "ge": "≥ {}",
    "gt": "> {}",
    "le": "≤ {}",
    "lt": "< {}",
    "min_length": "at least {} long",
    "max_length": "at most {} long",
}


@dataclass(frozen=True)
class OptionReference:
    """One key: `type`, `default` and `range` as a person would write them, "" where there is none."""

    key: str
    type: str
    default: str
    range: str
    text: str


@dataclass(frozen=True)
class SectionReference:
    """A section or table of a configuration, the file of the code that it acts through, and its keys."""

    name: str
    """As a configuration writes it, such as `memory`, `environments` or `privacy.adaptive_clipping`."""
    header: str
    """With its brackets, such as `[memory]` or `[[environments]]`; or the key of another section that holds it."""
    of: str
    """What has it: the command of a kind of configuration, or the group of an extension."""
    module: str
    text: str
    """Markdown; its first line is a sentence."""
    options: tuple[OptionReference, ...]


def all_sections() -> Iterator[SectionReference]:
    """Yield the sections of every kind of configuration, and then those of the extensions, group by group."""
    for kind in reversed(experiment_kinds()):
        yield from configuration_sections(kind.config, kind.command)
    yield _reference(AcousticOptions, "acoustics", "acoustics = { … }", "fedser simulate")
    for group in GROUP_MODULES:
        yield from extension_sections(group)


def configuration_sections(config: type[Section], command: str) -> Iterator[SectionReference]:
    """Yield the keys at the top of a kind of configuration as a section without a name, then its sections."""
    yield from _sections(config, "", command, many=False)


def extension_sections(group: str) -> Iterator[SectionReference]:
    """Yield the sections of the extensions of a group, also of those that have no options."""
    importlib.import_module(GROUP_MODULES[group])
    for name, thing in plugins.registry(group).items():
        if isinstance(thing, type) and issubclass(thing, Section):
            header = f"[{name}]" if group not in OPTIONS_OF else f"{name}: {OPTIONS_OF[group]}"
            yield _reference(thing, name, header, group)


def find_sections(name: str) -> list[SectionReference]:
    """Return the sections of a name; raises ConfigError for an unknown one."""
    sections = list(all_sections())
    found = [each for each in sections if each.name == name.strip("[]")]
    if not found:
        known = {each.name for each in sections if each.name}
        raise ConfigError(f'unknown section "{name}"{did_you_mean(name.strip("[]"), known)}; see fedser options')
    return found


def _sections(kind: type[Section], name: str, of: str, *, many: bool) -> Iterator[SectionReference]:
    header = f"[[{name}]]" if many else f"[{name}]" if name else "at the top of the file"
    yield _reference(kind, name, header, of)
    for key, field in kind.model_fields.items():
        inner = section_in(field.annotation)
        if inner is not None and issubclass(inner, Section) and inner.model_fields:
            yield from _sections(inner, f"{name}.{key}".lstrip("."), of, many=_is_list(field.annotation))


def _reference(kind: type[Section], name: str, header: str, of: str) -> SectionReference:
    texts = option_texts(kind)
    options = tuple(
        OptionReference(key, _type(field.annotation), _default(field), _range(field), texts.get(key, ""))
        for key, field in kind.model_fields.items()
        if key != "extensions" and (name or section_in(field.annotation) is None)
    )
    return SectionReference(name, header, of, kind.__module__, inspect.cleandoc(kind.__doc__ or ""), options)


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) in (list, tuple) or any(map(_is_list, get_args(annotation)))


def _type(annotation: Any) -> str:
    """Return an annotation in the words of TOML: `integer`, `"a" or "b"`, `list of numbers`, ….

    >>> _type(list[int] | None), _type(Literal["sum", "mean"])
    ('list of integer', '"sum" or "mean"')
    """
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(inside[0])
    if origin is Literal:
        return " or ".join(f'"{each}"' if isinstance(each, str) else str(each) for each in inside)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_type(each) for each in inside if each is not NoneType))
    if origin in (list, tuple, Sequence):
        return f"list of {_type(inside[0])}"
    if origin in (dict, Mapping):
        return f"table of {_type(inside[1])}"
    if section_in(annotation) is not None:
        return "section"
    plain = {bool: "boolean", int: "integer", float: "number", str: "text", dict: "table", Any: "any"}
    return plain.get(annotation, getattr(annotation, "__name__", str(annotation)).strip("_").lower())


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=False)
    if value is None or value is PydanticUndefined:
        return ""
    if isinstance(value, Section):
        return ", ".join(
            f"{key} = {_written(each)}" for key, each in value.model_dump().items() if each is not None
        )
    return _written(value)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_written, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_written(each)}" for key, each in value.items()) + "}"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _range(field: FieldInfo) -> str:
    bounds = ((said, getattr(bound, key, None)) for bound in field.metadata for key, said in _BOUNDS.items())
    known = ((said, bound) for said, bound in bounds if bound is not None and bound != LARGEST)
    return ", ".join(said.format(f"{bound:,}".replace(",", " ")) for said, bound in known)
