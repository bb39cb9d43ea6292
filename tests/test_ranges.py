"""Every number of a configuration has a range: floating-point ones are finite, counts have both ends."""

import importlib
import pkgutil
from typing import Annotated, get_args, get_origin

import annotated_types
import pytest
from pydantic.fields import FieldInfo

import clients
import fedser
from fedser.config import Section

INTERNAL = ("fedser.privacy.defences", "fedser.device.settings")
"""Steps that [privacy] makes itself, and what devices are told: nobody writes them."""


def sections():
    """All sections of this project that users write, with those of every extension."""
    for package in (fedser, clients):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    for name in ("moving.config", "one_device.config", "privacy_studies.config"):
        importlib.import_module(f"simulations.{name}")
    found, rest = set(), [Section]
    while rest:
        kinds = rest.pop().__subclasses__()
        found.update(
            kind for kind in kinds if kind.__module__.split(".")[0] in ("fedser", "clients", "simulations")
        )
        rest += kinds
    return sorted(
        (k for k in found if not k.__module__.startswith(INTERNAL)), key=lambda k: (k.__module__, k.__name__)
    )


def counts(annotation, metadata):
    """The whole numbers within a type, each with what bounds it."""
    if annotation is int:
        yield metadata
    elif get_origin(annotation) is Annotated:
        inner, *said = get_args(annotation)
        yield from counts(
            inner, [m for item in said for m in (item.metadata if isinstance(item, FieldInfo) else [item])]
        )
    else:
        for part in get_args(annotation):
            yield from counts(part, metadata)


def test_counts_have_both_ends():
    for section in sections():
        for name, field in section.model_fields.items():
            for bounds in counts(field.annotation, field.metadata):
                kinds = {type(bound) for bound in bounds}
                assert kinds & {annotated_types.Ge, annotated_types.Gt}, (section, name)
                assert kinds & {annotated_types.Le, annotated_types.Lt}, (section, name)


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_no_number_may_be_infinite(value):
    tried = 0
    for section in sections():
        for name, field in section.model_fields.items():
            if float in (field.annotation, *get_args(field.annotation)):
                tried += 1
                with pytest.raises(fedser.errors.ConfigError):
                    section.read({name: value}, "x")
    assert tried > 50
