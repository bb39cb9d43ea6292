"""`fedser configs`, `init` and `options`: what can be run, a configuration of one's own, and what it may say."""

import textwrap
from pathlib import Path
from typing import Annotated

import typer

from simulations.commands.options import epilog


def configs() -> None:
    """List the configurations that come with fedser: what each is, its command, and the data it needs."""
    from simulations import shipped

    lines = [(each.command, each.summary, each.needs) for each in shipped.descriptions()]
    width = max(len(command) for command, _, _ in lines)
    for command, summary, needs in lines:
        typer.echo(f"{command:{width}}  {summary}; {needs}")


def init(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    data: Annotated[
        Path | None,
        typer.Option(
            help="The folder of your corpora: each that is found becomes an environment.", metavar="ROOT"
        ),
    ] = None,
) -> None:
    """Write NAME.toml, a commented configuration for corpora of your own; an existing file is left as it is.

    With --data it names the CSV manifests, and corpora of known layouts, in the folder, and runs as it is.
    """
    from simulations.own_configuration import write

    path = write(Path(name), data)
    folder = data or "FOLDER"
    typer.echo(f"configuration: {path}\nrun it: fedser paper {path} --data {folder}")


def options(
    section: Annotated[str | None, typer.Argument(metavar="SECTION")] = None,
) -> None:
    """Explain the keys of a section of a configuration; without SECTION, list all sections there are."""
    from simulations.option_reference import all_sections, find_sections

    if section is None:
        for each in all_sections():
            typer.echo(f"{each.header:34} {each.of:24} {each.text.split(chr(10))[0]}")
        return
    for each in find_sections(section):
        typer.echo(f"{each.header}, {each.of} ({each.module})\n{textwrap.indent(each.text, '  ')}\n")
        for option in each.options:
            bounds = f", {option.range}" if option.range else ""
            default = f" = {option.default}" if option.default not in ("", "required") else ""
            required = ", required" if option.default == "required" else ""
            typer.echo(f"{option.key}{default}   ({option.type}{bounds}{required})")
            typer.echo(textwrap.fill(option.text, 100, initial_indent="    ", subsequent_indent="    "))
        typer.echo("")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog=epilog("fedser configs"))(configs)
    app.command(epilog=epilog("fedser options memory", "SECTION"))(options)
    app.command(epilog=epilog("fedser init my_corpora --data recordings", "NAME"))(init)
