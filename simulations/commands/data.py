"""`fedser extract`, `corpora` and `environments`: what is heard, before anything is learnt."""

from pathlib import Path
from typing import Annotated

import typer

from simulations.commands.options import (
    ConfigArgument,
    Data,
    IemocapRoot,
    MspImprovRoot,
    MspPodcastRoot,
    Offline,
    Overrides,
    Workers,
    epilog,
    sources_of,
)
from simulations.sources import RunContext

Roots = Annotated[list[Path] | None, typer.Argument(metavar="ROOT…", help="Folders of corpora, or manifests.")]


def extract(
    config: ConfigArgument,
    data: Data = None,
    iemocap: IemocapRoot = None,
    msp_improv: MspImprovRoot = None,
    msp_podcast: MspPodcastRoot = None,
    workers: Workers = 2,
    offline: Offline = False,
    overrides: Overrides = None,
) -> None:
    """Compute the features of all that a configuration, of any kind, hears, or finish a killed extraction."""
    from simulations.kinds import read_experiment

    experiment, settings = read_experiment(config, overrides or [])
    sources = sources_of(data, iemocap, msp_improv, msp_podcast)
    context = RunContext(Path(), sources, workers, offline, config_file=config)
    for name, heard in experiment.extract(settings, context):
        left_out = len(heard.corpus.dropped)
        typer.echo(f"{name}: {len(heard.corpus.table)} utterances, {left_out} left out")


def corpora(
    roots: Roots = None,
    plugin: Annotated[
        list[str] | None, typer.Option(help="A module that registers corpora of your own.", metavar="MODULE")
    ] = None,
) -> None:
    """Print Table 1 of what lies in some folders: kept and left out per split, and why."""
    from fedser import plugins
    from simulations.commands.corpora import survey

    if plugin:  # else nothing of the folder that the user happens to be in may be imported
        plugins.look_in(Path())
        plugins.load_modules(plugin)
    typer.echo(survey(roots or []))


def environments(
    what: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CONFIG|PRESET]…", help="Whose environments; all presets by default."),
    ] = None,
    data: Data = None,
    audio: Annotated[
        list[Path] | None, typer.Option(help="An audio file to hear, instead of a corpus.", metavar="FILE")
    ] = None,
    examples: Annotated[
        Path | None, typer.Option(help="Write an utterance as heard in each of them.", metavar="FOLDER")
    ] = None,
    seed: Annotated[int, typer.Option(help="Draws positions, noise and utterances.", min=0)] = 0,
) -> None:
    """Build acoustic environments and print what was achieved: reverberation time and signal-to-noise ratio."""
    from simulations.commands.environments import environments

    sources_of(data)
    typer.echo(environments(what or [], data, audio or [], examples, seed))


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog=epilog("fedser extract open_corpora --data corpora --workers 2", "CONFIG"))(extract)
    app.command(epilog=epilog("fedser corpora corpora/RAVDESS my_manifest.csv"))(corpora)
    app.command(epilog=epilog("fedser environments home café --examples sounds"))(environments)
