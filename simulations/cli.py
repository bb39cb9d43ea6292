"""The command `fedser`: exit code 0 on success, 2 and one line on a user's mistake."""

import sys
from typing import Annotated

import click
import typer

from fedser import own_packages
from fedser.errors import UserError
from fedser.one_thread import one_thread
from fedser.spelling import shown, visible
from simulations import streams
from simulations.commands import configurations, data, experiments, runs, studies

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Speech emotion recognition that keeps learning, on one device or many.",
    epilog="Begin with: fedser demo. Each command says more, with an example: fedser paper --help",
)
privacy = typer.Typer(no_args_is_help=True, help="What updates reveal, and what protecting them costs.")

experiments.add_to(app, privacy)
studies.add_to(app)
runs.add_to(app)
data.add_to(app)
configurations.add_to(app)
app.add_typer(privacy, name="privacy", epilog="Example: fedser privacy frontier privacy_frontier")


def _print_version(asked: bool) -> None:
    if asked:
        from fedser.version import __version__

        typer.echo(f"fedser {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Options of the command itself."""


@one_thread()
def main() -> None:
    """Run the command line; never a traceback for what a user can mend."""
    with streams.bearing() as output:
        try:
            code = _run()
            output.flush()
        except OSError as error:
            if output.error is None:
                _refuse_all_but_full(error)
            else:
                _say(
                    f"standard output cannot be written ({error.strerror}); what a run found is in its folder too"
                )
            code = 2
    sys.exit(code)


def _run() -> int:
    """Run the command line and return its exit code."""
    try:
        own_packages.check()
        code = typer.main.get_command(app).main(prog_name="fedser", standalone_mode=False)
    except click.ClickException as error:
        _say(f"{error.format_message()} (see fedser --help)")
        return 2
    except UserError as error:
        _say(str(error))
        return 2
    except OSError as error:
        # A name that is too long, a loop of links, a folder that may not be entered: wherever it is met first.
        if error.filename is None or error.strerror is None:
            raise
        _say(f"{shown(str(error.filename))}: {error.strerror}; give another path")
        return 2
    except (KeyboardInterrupt, click.Abort):
        code = INTERRUPTED
    if code == INTERRUPTED:  # typer also returns it
        _say("stopped; the same command with --run FOLDER resumes the run")
    return code if isinstance(code, int) else 0


def _refuse_all_but_full(error: OSError) -> None:
    """Say that there is no room, of whatever was written where nobody knows its name; raise any other error."""
    from fedser.whole_files import is_full  # numpy comes with it, which `fedser --help` should not wait for

    if not is_full(error):
        raise error
    _say(
        f"{error.strerror}: free some of the disk (the run, FEDSER_CACHE, TMPDIR), and run the same command again"
    )


def _say(message: str) -> None:
    print(f"fedser: {visible(message)}", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    main()
