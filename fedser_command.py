"""The command `fedser`, by a module name that nobody else has: not even `fedser` need be the package it thinks."""

import importlib.util
import sys
from pathlib import Path


def main() -> None:
    """Run the command line; exit code 2, and one line, where something else is found in place of fedser."""
    spec = importlib.util.find_spec("fedser")
    ours = Path(__file__).resolve().parent / "fedser" / "__init__.py"
    found = spec and (spec.origin or next(iter(spec.submodule_search_locations or []), None))
    if found is None or Path(found).resolve() != ours:
        print(  # noqa: T201
            f"fedser: {found or ours}: is in the way of fedser's own package, or gone; see PYTHONPATH",
            file=sys.stderr,
        )
        sys.exit(2)
    from fedser.start import main as start

    start()
