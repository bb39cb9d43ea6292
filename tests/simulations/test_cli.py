"""The command itself: version, help with an example, completion."""

import os
import subprocess
import sys

import click
import pytest
import typer

from fedser.version import __version__
from simulations.cli import app

ROOT = typer.main.get_command(app)


def commands(group, words=()):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        else:
            yield (*words, name), command


@pytest.mark.parametrize(
    ("words", "command"), [pytest.param(*each, id=" ".join(each[0])) for each in commands(ROOT)]
)
def test_the_help_of_each_command_has_an_example_and_says_what_its_arguments_are(fedser, words, command):
    code, out, _ = fedser(*words, "--help")
    assert code == 0
    assert f"Example: fedser {' '.join(words)}" in out
    for argument in (each for each in command.params if isinstance(each, click.Argument) and each.required):
        name = argument.metavar or argument.human_readable_name
        assert f"{name}: " in out or name in ("FILE…", "FOLDER"), name
    example = " ".join(out.split("Example: ", 1)[1].split()).split()[1 + len(words) :]
    with command.make_context("fedser", example, resilient_parsing=True) as context:
        assert context.command is command


def test_help_says_where_to_begin(fedser):
    code, out, _ = fedser("--help")
    assert code == 0
    assert "Begin with: fedser demo" in out


def test_version(fedser):
    assert fedser("--version") == (0, f"fedser {__version__}\n", "")


def test_shells_complete_commands_and_names_of_configurations():
    asked = {"_FEDSER_COMPLETE": "complete_bash", "COMP_WORDS": "fedser paper o", "COMP_CWORD": "2"}
    command = [sys.executable, "-c", "import sys; sys.argv = ['fedser']; from simulations.cli import main; main()"]
    ended = subprocess.run(command, env=os.environ | asked, capture_output=True, text=True, check=False)
    assert ended.stdout.split() == ["open_corpora", "open_corpora_pretrained", "own_corpora"], ended.stderr
