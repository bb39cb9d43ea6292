"""The command `fedser`: exit code 0 on success, 2 and one line on a user's mistake."""

import sys

import click
import typer

from fedser.errors import UserError
from fedser.one_thread import one_thread
from fedser.spelling import shown, visible
from simulations.commands import data, experiments, runs

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Speech emotion recognition that keeps learning, on one device or many.",
)
privacy = typer.Typer(no_args_is_help=True, help="What updates reveal, and what protecting them costs.")

experiments.add_to(app, privacy)
runs.add_to(app)
data.add_to(app)
app.add_typer(privacy, name="privacy")


@one_thread()
def main() -> None:
    """Run the command line; never a traceback for what a user can mend."""
    command = typer.main.get_command(app)
    try:
        code = command.main(standalone_mode=False)
    except click.ClickException as error:
        _say(f"{error.format_message()} (see fedser --help)")
        code = 2
    except UserError as error:
        _say(str(error))
        code = 2
    except OSError as error:
        # A name that is too long, a loop of links, a folder that may not be entered: wherever it is met first.
        if error.filename is None or error.strerror is None:
            raise
        _say(f"{shown(str(error.filename))}: {error.strerror}; give another path")
        code = 2
    except (KeyboardInterrupt, click.Abort):
        code = INTERRUPTED
    if code == INTERRUPTED:  # typer also returns it
        _say("stopped; the same command with --run FOLDER resumes the run")
    sys.exit(code if isinstance(code, int) else 0)


def _say(message: str) -> None:
    print(f"fedser: {visible(message)}", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    main()
