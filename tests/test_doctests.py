"""The examples in docstrings do what they say."""

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("fedser", "clients", "simulations")


def modules_with_examples():
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("*.py") if ">>> " in file.read_text()]
    parts = [file.relative_to(ROOT).with_suffix("").parts for file in files]
    return sorted(".".join(part for part in each if part != "__init__") for each in parts)


@pytest.mark.parametrize("name", modules_with_examples())
def test_examples(name, capsys):
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted > 0, "no example was seen"
    assert found.failed == 0, capsys.readouterr().out


def test_there_are_examples():
    assert len(modules_with_examples()) >= 25
