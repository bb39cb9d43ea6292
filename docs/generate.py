"""Pages that are made of the code when the site is built: every key, every command, and what the root holds."""

import html
from pathlib import Path

import click
import typer.cli
import typer.main

from simulations.cli import app
from simulations.option_reference import GROUP_MODULES, SectionReference, all_sections

ROOT = Path(__file__).parents[1]
_GROUPS = {
    "strategies": "Methods",
    "rules": "Rules of aggregation",
    "corpora": "Corpora",
    "encoders": "Encoders",
    "mobility": "Kinds of mobility",
    "defences": "Defences",
    "attacks": "Attacks",
    "poisonings": "Kinds of poisoning",
}


def write_pages(folder: Path) -> None:
    """Write the generated pages into a folder."""
    folder.mkdir(exist_ok=True)
    pages = {"options.md": options_page(), "commands.md": commands_page()}
    pages |= {f"{name.lower()}.md": _of_root(f"{name}.md") for name in ("CONTRIBUTING", "CHANGELOG")}
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")


def commands_page() -> str:
    """Return the help of every command."""
    command = typer.main.get_command(app)
    context = click.Context(command, info_name="fedser")
    return typer.cli.get_docs_for_click(obj=command, ctx=context, name="fedser", title="Every command")


def options_page() -> str:
    """Return every section of every kind of configuration with its keys."""
    parts = [
        "# Every key of a configuration",
        "A configuration is a TOML file; `fedser options SECTION` says the same in the terminal, also of sections "
        "of your own extensions. Unknown keys, wrong types and numbers out of range are refused with one line. "
        "*Acts in* is the module that reads the section.",
    ]
    of = ""
    for each in all_sections():
        if each.of != of:
            of = each.of
            parts.append(f"## {_GROUPS[of]}" if of in GROUP_MODULES else f"## Configurations of `{of}`")
        parts.append(_section(each))
    return "\n\n".join(parts) + "\n"


def _section(section: SectionReference) -> str:
    heading = section.name if section.of in GROUP_MODULES else section.header
    parts = [f"### `{heading}`", _escaped(section.text), f"Acts in `{section.module}`."]
    if not section.options:
        return "\n\n".join(parts)
    rows = ["| key | type | default | range | |", "|---|---|---|---|---|"]
    for option in section.options:
        default = "**required**" if option.default == "required" else f"`{option.default}`" * bool(option.default)
        cells = [f"`{option.key}`", option.type, default, option.range, _escaped(" ".join(option.text.split()))]
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n\n".join([*parts, "\n".join(rows)])


def _escaped(text: str) -> str:
    """Return text in which nothing outside code is taken for a tag, a link or emphasis."""
    parts = text.split("`")
    plain = [html.escape(part, quote=False).replace("[", "\\[").replace("*", "\\*") for part in parts[::2]]
    parts[::2] = [part.replace("_", "\\_") for part in plain]
    return "`".join(parts)


def _of_root(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")
