"""`fedser configs` and `init`: what can be run, and a configuration for corpora of one's own."""

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


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog=epilog("fedser configs"))(configs)
    app.command(epilog=epilog("fedser init my_corpora --data recordings", "NAME"))(init)
