"""Flower's commands as they would be installed for this very interpreter.

Flower starts flower-superexec, flwr-serverapp and flwr-clientapp by name. What the path holds under these names
may belong to another environment, which knows other packages: one that has not been activated, or the one below
an environment that borrows its packages.
"""

import shlex
import sys
from importlib.metadata import distribution
from pathlib import Path


def write_commands(folder: Path) -> None:
    """Write a launcher for each of Flower's commands into a new folder.

    A shell starts the interpreter, since a first line `#!` has neither room for long paths nor for blanks in them.
    """
    folder.mkdir()
    for command in distribution("flwr").entry_points.select(group="console_scripts"):
        program = (
            f"import sys; from {command.module} import {command.attr} as main;"
            f" sys.argv[0] = {command.name!r}; sys.exit(main())"
        )
        launcher = folder / command.name
        # -P: the working folder is no place to import from.
        launcher.write_text(f'#!/bin/sh\nexec {shlex.join([sys.executable, "-P", "-c", program])} "$@"\n')
        launcher.chmod(0o700)
