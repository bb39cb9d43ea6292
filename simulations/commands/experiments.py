"""`fedser demo`, `paper`, `simulate`, and `fedser privacy attack` and `frontier`: what runs an experiment."""

import sys
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from simulations import shipped
from simulations.commands.options import (
    ConfigArgument,
    Data,
    IemocapRoot,
    Match,
    MspImprovRoot,
    MspPodcastRoot,
    Offline,
    Overrides,
    RunFolder,
    Seeds,
    Workers,
    epilog,
    matching,
    sources_of,
)
from simulations.sources import RunContext, Sources

TESTS = "6"
"""Tables 6a, 6b, … list single tests."""

SHOWN_OF_MOVING = ("1a", "2a", "4", "7", "8b")
"""Of a run of moving devices: activation at the end, forgetting, cost, privacy spent, the data."""

WARNINGS_SHOWN = 10
"""Of a run's warnings, on the terminal."""


def demo(run: RunFolder = None, workers: Workers = 2, seeds: Seeds = None) -> None:
    """Run the main job on the embedded synthetic corpus: see forgetting, and what memory does about it."""
    context = RunContext(Path(), Sources(), workers)
    _run("one-device", shipped.find(Path("demo")), run, _with_seeds(None, seeds), context)


def paper(
    config: ConfigArgument,
    data: Data = None,
    iemocap: IemocapRoot = None,
    msp_improv: MspImprovRoot = None,
    msp_podcast: MspPodcastRoot = None,
    run: RunFolder = None,
    seeds: Seeds = None,
    workers: Workers = 2,
    match: Match = None,
    offline: Offline = False,
    overrides: Overrides = None,
) -> None:
    """Run an experiment of one device that meets environments in order; print its tables."""
    sources = sources_of(data, iemocap, msp_improv, msp_podcast)
    context = RunContext(Path(), sources, workers, offline)
    changes = [*_with_seeds(overrides, seeds), *matching(match, ("utterances", "bytes", "epochs", "steps"))]
    _run("one-device", config, run, changes, context)


def simulate(
    config: ConfigArgument,
    data: Data = None,
    iemocap: IemocapRoot = None,
    msp_improv: MspImprovRoot = None,
    msp_podcast: MspPodcastRoot = None,
    run: RunFolder = None,
    seeds: Seeds = None,
    workers: Workers = 2,
    engine: Annotated[
        str, typer.Option(help="inprocess, ray or deployment (SuperNodes on loopback).")
    ] = "inprocess",
    match: Match = None,
    offline: Offline = False,
    overrides: Overrides = None,
) -> None:
    """Run an experiment of many devices that move between acoustic environments, on Flower; print its tables."""
    sources = sources_of(data, iemocap, msp_improv, msp_podcast)
    context = RunContext(Path(), sources, workers, offline, engine)
    changes = [*_with_seeds(overrides, seeds), *matching(match, ("epochs", "steps"))]
    _run("moving", config, run, changes, context, SHOWN_OF_MOVING)


def attack(
    config: ConfigArgument,
    data: Data = None,
    run: RunFolder = None,
    workers: Workers = 2,
    offline: Offline = False,
    overrides: Overrides = None,
) -> None:
    """Run a federation and a shadow of it, attack what its server receives, and print what was found."""
    _run("attack", config, run, overrides or [], RunContext(Path(), sources_of(data), workers, offline))


def frontier(
    config: ConfigArgument,
    data: Data = None,
    run: RunFolder = None,
    workers: Workers = 2,
    offline: Offline = False,
    overrides: Overrides = None,
) -> None:
    """Sweep noise, strategy and memory size: accuracy, forgetting and leakage against epsilon, on one page."""
    _run("frontier", config, run, overrides or [], RunContext(Path(), sources_of(data), workers, offline))


def add_to(app: typer.Typer, privacy: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog=epilog("fedser demo --seeds 1"))(demo)
    app.command(epilog=epilog("fedser paper open_corpora --data corpora --set memory.capacity=100", "CONFIG"))(
        paper
    )
    app.command(epilog=epilog("fedser simulate smoke_devices --workers 2", "CONFIG"))(simulate)
    privacy.command(epilog=epilog("fedser privacy attack privacy_attack --data corpora", "CONFIG"))(attack)
    privacy.command(epilog=epilog("fedser privacy frontier privacy_frontier --set federation.seeds=1", "CONFIG"))(
        frontier
    )


def _with_seeds(overrides: list[str] | None, seeds: int | None) -> list[str]:
    return [*(overrides or []), *([f"seeds={seeds}"] if seeds is not None else [])]


def _run(
    kind: str,
    config: Path,
    folder: Path | None,
    changes: Sequence[str],
    context: RunContext,
    shown: Sequence[str] = (),
) -> None:
    """Run a configuration in a folder and print tables: those whose keys are `shown`, or all but every test."""
    # Imported here: torch and pandas take seconds, and `fedser --help` should not.
    from simulations.kinds import read_experiment
    from simulations.run_folder import default_folder

    experiment, settings = read_experiment(config, changes, kind)
    command = " ".join(["fedser", *sys.argv[1:]])
    place = folder or default_folder(config.stem)
    report = experiment.run(settings, replace(context, folder=place, config_file=config, command=command))
    print_results(place, shown)
    Console(soft_wrap=True).print(f"\nreport: {report}", markup=False, highlight=False)


def print_results(folder: Path, shown: Sequence[str]) -> None:
    """Print what must be known first, what was found, then tables and their notes."""
    from fedser.report.kinds import kind_of_run
    from fedser.results.renderers import text
    from fedser.results.table_notes import gathered
    from simulations.commands.shown_table import on_terminal

    kind = kind_of_run(folder)
    run = kind.read(folder)
    _print_warnings(kind.warnings(run))
    for sentence in kind.headline(run):
        typer.echo(textwrap.fill(sentence, text.NARROWEST) + "\n")
    tables = kind.tables(run)
    printed = [t for t in tables if (t.key in shown if shown else not t.key.startswith(TESTS))]
    for table in printed:
        typer.echo(on_terminal(table) + "\n")
    if notes := text.render_notes(gathered(printed, kind.notes(run))):
        typer.echo(notes)
    what = "the same tables for" if printed == tables else "all tables and tests, also for"
    typer.echo(f"{what} Markdown and LaTeX: {folder}/tables.{{txt,md,tex}}")


def _print_warnings(warnings: Sequence[str]) -> None:
    for line in warnings[:WARNINGS_SHOWN]:
        typer.echo(f"warning: {line}", err=True)
    if len(warnings) > WARNINGS_SHOWN:
        typer.echo(f"warning: {len(warnings) - WARNINGS_SHOWN} more, in run.json and the report", err=True)
