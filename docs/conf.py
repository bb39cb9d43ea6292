"""The documentation site: `make docs`. A warning is an error, so a dead link or an unknown name stops it.

Sphinx with MyST, because notebooks (MyST-NB) are run by the same build and names of the code are checked. Pages
that are made of the code are written to docs/generated/ at every build.
"""

import re
import sys
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from generate import write_pages  # noqa: E402

from fedser.version import __version__  # noqa: E402

write_pages(Path(__file__).parent / "generated")

project = "fedser"
author = "the authors of fedser"
release = __version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx_copybutton"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"fedser {__version__}"
html_static_path: list[str] = ["static"]
html_css_files = ["tables.css"]
html_show_copyright = False

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
nb_execution_mode = "cache"
nb_execution_cache_path = str(Path(__file__).parent / "_build" / "jupyter_cache")
nb_execution_timeout = 600
nb_execution_raise_on_error = True
nitpicky = False

autodoc_typehints = "description"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "undoc-members": False, "show-inheritance": False}
default_role = "code"
smartquotes = False
copybutton_prompt_text = "$ "

_ARGUMENT = re.compile(r"[a-z_]+(, [a-z_]+)*: ")


def setup(app: Any) -> None:
    """Have docstrings read as they are written in this project."""
    app.connect("autodoc-process-docstring", _arguments_as_list)


def _arguments_as_list(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Make a list of paragraphs that begin with the names of arguments, their further lines indented."""
    found: list[str] = []
    for line in lines:
        if _ARGUMENT.match(line):
            found += ["", f"- {line}"]
        elif found and found[-1].startswith(("- ", "  ")) and line.startswith("    "):
            found.append(f"  {line.strip()}")
        else:
            found += [""] if found and found[-1].startswith(("- ", "  ")) and line else []
            found.append(line)
    lines[:] = found
