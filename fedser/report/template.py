"""A page from its template and its content."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from fedser import whole_files

HERE = Path(__file__).parent


def write_page(folder: Path, template: str, content: Mapping[str, Any]) -> Path:
    """Write report.html into a folder from a template of this package and return its path.

    Raises RunError if the folder is not writable.
    """
    pages = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    css = Markup((HERE / "report.css").read_text(encoding="utf-8"))
    html = pages.get_template(template).render(css=css, **content)
    return whole_files.write_text(folder / "report.html", html + "\n")
