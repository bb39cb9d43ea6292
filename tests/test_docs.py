"""What the documentation shows can be typed: its Python runs, its TOML is read, its commands and options exist."""

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
import typer.main

from simulations.cli import app

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    page for folder in ("", "howto", "reference", "results") for page in (ROOT / "docs" / folder).glob("*.md")
)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
GROUPS = {
    "own-corpus": ("corpora", "my-tones"),
    "own-encoder": ("encoders", "my-loudness"),
    "own-method": ("strategies", "stay-near"),
    "own-rule": ("rules", "trimmed"),
    "own-attack": ("attacks", "length"),
}

pytestmark = pytest.mark.docs


def blocks(page, language):
    return [text for kind, text in BLOCK.findall(page.read_text(encoding="utf-8")) if kind == language]


def lines(language):
    return [(page.name, line) for page in PAGES for text in blocks(page, language) for line in text.splitlines()]


def test_toml_is_toml():
    found = [text for page in PAGES for text in blocks(page, "toml")]
    assert len(found) >= 4
    for text in found:
        assert tomllib.loads(text)


@pytest.mark.parametrize("name", GROUPS)
def test_an_extension_shown_is_registered(name):
    """In a process of its own: what is registered stays."""
    (code,) = blocks(ROOT / "docs" / "howto" / f"{name}.md", "python")
    group, registered = GROUPS[name]
    check = f"{code}\nfrom fedser import plugins\nassert {registered!r} in plugins._registered[{group!r}]\n"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("page", "line"), [each for each in lines("console") if each[1].startswith("$ fedser")])
def test_commands_and_their_options_exist(page, line):
    command, context = typer.main.get_command(app), None
    words = shlex.split(line.removeprefix("$ fedser"), comments=True)
    while isinstance(command, click.Group):
        assert words, line
        word = words.pop(0)
        assert word in command.commands, line
        context = click.Context(command, parent=context, info_name=word)
        command = command.commands[word]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_files_that_pages_name_are_there():
    named = {
        name for page in PAGES for name in re.findall(r"`((?:configs|fedser|tests)/[\w./-]+)`", page.read_text())
    }
    assert named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
