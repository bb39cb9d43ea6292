"""Starts the command line, once it is sure that the packages it stands on are fedser's own."""

import importlib
import sys

from fedser import own_packages
from fedser.errors import ForeignPackageError


def main() -> None:
    """Run the command line; exit code 2, and one line, where another package is found in place of fedser's."""
    try:
        own_packages.check()
    except ForeignPackageError as error:
        print(f"fedser: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    # By name: the library knows the entry points that stand on it here and in its face alone.
    importlib.import_module("simulations.cli").main()
