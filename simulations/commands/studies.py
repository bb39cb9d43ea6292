"""`fedser study` and `compare`: an experiment under several values of its options, and runs side by side."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from simulations import shipped
from simulations.commands.options import Data, Offline, Overrides, RunFolder, Workers, epilog, sources_of
from simulations.sources import RunContext

StudyArgument = Annotated[
    Path, typer.Argument(metavar="STUDY", callback=shipped.find_study, autocompletion=shipped.study_names)
]


def study(
    file: StudyArgument,
    data: Data = None,
    run: RunFolder = None,
    seeds: Annotated[int | None, typer.Option(help="Number of seeds of every cell.", min=1)] = None,
    workers: Workers = 2,
    plan: Annotated[bool, typer.Option("--plan", help="Say what would be run, and run nothing.")] = False,
    offline: Offline = False,
    overrides: Overrides = None,
) -> None:
    """Run an experiment under every combination of some values of its options; write one CSV file and one page."""
    from simulations.commands.experiments import print_results
    from simulations.kinds import read_experiment
    from simulations.run_folder import default_folder
    from simulations.studies.planning import said_of

    changes = [*(overrides or []), *([f"common.seeds={seeds}"] if seeds is not None else [])]
    experiment, settings = read_experiment(file, changes, "study")
    command = " ".join(["fedser", *sys.argv[1:]])
    context = RunContext(Path(), sources_of(data), workers, offline, config_file=file, command=command)
    if plan:
        typer.echo(said_of(settings, file, run))
        return
    place = run or default_folder(file.stem)
    report = experiment.run(settings, replace(context, folder=place))
    print_results(place, SHOWN)
    typer.echo(f"\nreport: {report}")


SHOWN = ("1a", "1b", "4")


def compare(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN…", help="Folders of finished runs of one kind.")],
    output: Annotated[
        Path | None, typer.Option(help="Where to write the comparison.", metavar="FOLDER", show_default="runs/…")
    ] = None,
) -> None:
    """Lay finished runs side by side, all compared with the first; write one CSV file and one page."""
    import clients.rules  # noqa: F401  # what rules of aggregation are called
    from simulations.commands.experiments import print_results
    from simulations.run_folder import default_folder
    from simulations.studies.compare import compare as lay_side_by_side

    place = output or default_folder("comparison")
    report = lay_side_by_side(runs, place, " ".join(["fedser", *sys.argv[1:]]))
    print_results(place, SHOWN)
    typer.echo(f"\nreport: {report}")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog=epilog("fedser study memory --data corpora --plan", "STUDY"))(study)
    app.command(epilog=epilog("fedser compare runs/one runs/other --output runs/both", "RUN…"))(compare)
