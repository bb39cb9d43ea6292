"""The command `fedser`: exit code 0 on success, 2 and one line on a user's mistake."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import click
import typer
from rich.console import Console

from fedser.errors import ConfigError, CorpusError, UserError
from fedser.one_thread import one_thread
from simulations.sources import RunContext, Sources

if TYPE_CHECKING:
    from fedser.config import Section

AnySection = TypeVar("AnySection", bound="Section")

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Speech emotion recognition that keeps learning, on one device or many.",
)

privacy = typer.Typer(no_args_is_help=True, help="What updates reveal, and what protecting them costs.")
app.add_typer(privacy, name="privacy")

TESTS = "6"
"""Tables 6a, 6b, … list single tests."""

SHOWN_OF_MOVING = ("1a", "2a", "4")
"""Of a run of moving devices: activation at the end, forgetting, cost."""

WARNINGS_SHOWN = 10
"""Of a run's warnings, on the terminal."""

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

DEMO = Path(__file__).parent / "demo.toml"

Data = Annotated[Path | None, typer.Option(help="Folder that holds the corpora.", metavar="ROOT")]
Iemocap = Annotated[Path | None, typer.Option(help="IEMOCAP's folder, wherever it is.", metavar="FOLDER")]
MspImprov = Annotated[Path | None, typer.Option(help="MSP-IMPROV's folder, wherever it is.", metavar="FOLDER")]
MspPodcast = Annotated[Path | None, typer.Option(help="MSP-Podcast's folder, wherever it is.", metavar="FOLDER")]
Run = Annotated[
    Path | None,
    typer.Option(help="Run folder; an unfinished run in it is resumed.", metavar="FOLDER", show_default="runs/…"),
]
Roots = Annotated[list[Path] | None, typer.Argument(metavar="ROOT…", help="Folders of corpora, or manifests.")]
Seeds = Annotated[int | None, typer.Option(help="Number of seeds, instead of the configuration's.", min=1)]
Workers = Annotated[int, typer.Option(help="Processes, of one thread each.", min=1)]
Offline = Annotated[
    bool, typer.Option("--offline", help="Never ask a network: models from local folders or the cache.")
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", help="Change an option of the configuration.", metavar="SECTION.KEY=VALUE"),
]


@app.command()
def demo(run: Run = None, workers: Workers = 2, seeds: Seeds = None) -> None:
    """Run the main job on the embedded synthetic corpus: see forgetting, and what memory does about it."""
    _paper(DEMO, Sources(), run, seeds, workers, [])


@app.command()
def paper(
    config: Path,
    data: Data = None,
    iemocap: Iemocap = None,
    msp_improv: MspImprov = None,
    msp_podcast: MspPodcast = None,
    run: Run = None,
    seeds: Seeds = None,
    workers: Workers = 2,
    offline: Offline = False,
    overrides: Overrides = None,
) -> None:
    """Run an experiment of one device that meets environments in order; print its tables."""
    sources = _sources(data, iemocap, msp_improv, msp_podcast)
    _paper(config, sources, run, seeds, workers, overrides or [], offline=offline)


def _paper(
    config: Path,
    sources: Sources,
    run: Path | None,
    seeds: int | None,
    workers: int,
    overrides: list[str],
    *,
    offline: bool = False,
) -> None:
    # Imported here: torch and pandas take seconds, and `fedser --help` should not.
    from fedser.config import load
    from simulations.one_device.config import PaperConfig
    from simulations.one_device.run import run_paper
    from simulations.run_folder import default_folder

    if seeds is not None:
        overrides = [*overrides, f"seeds={seeds}"]
    settings = load(config, PaperConfig, overrides)
    folder = run or default_folder(config)
    report = run_paper(settings, RunContext(folder, sources, workers, offline))
    _print_tables(folder)
    _print_end(folder, report)


@app.command()
def simulate(
    config: Path,
    data: Data = None,
    iemocap: Iemocap = None,
    msp_improv: MspImprov = None,
    msp_podcast: MspPodcast = None,
    run: Run = None,
    seeds: Seeds = None,
    workers: Workers = 2,
    engine: Annotated[
        str, typer.Option(help="inprocess, ray or deployment (SuperNodes on loopback).")
    ] = "inprocess",
    offline: Offline = False,
    overrides: Overrides = None,
) -> None:
    """Run an experiment of many devices that move between acoustic environments, on Flower; print its tables."""
    from fedser.config import load
    from simulations.moving.config import MovingConfig
    from simulations.moving.run import run_moving
    from simulations.run_folder import default_folder

    changes = [*(overrides or []), *([f"seeds={seeds}"] if seeds is not None else [])]
    settings = load(config, MovingConfig, changes)
    folder = run or default_folder(config)
    sources = _sources(data, iemocap, msp_improv, msp_podcast)
    report = run_moving(settings, RunContext(folder, sources, workers, offline), engine)
    _print_tables(folder, SHOWN_OF_MOVING)
    _print_end(folder, report)


@app.command()
def report(run: Path) -> None:
    """Write report.html and the tables of a finished run again."""
    import clients.rules  # noqa: F401  # what its rules of aggregation are called
    from fedser.report import write_report
    from fedser.report.kinds import tables_of_run
    from fedser.results import write_tables

    write_tables(run, tables_of_run(run))
    typer.echo(f"report: {write_report(run)}")


@app.command()
def export(
    run: Path,
    folder: Annotated[Path, typer.Argument(help="Where to write the model.")],
    arm: Annotated[str, typer.Option(help="Whose model: an arm of the run, such as gem-random.")] = "gem-random",
    seed: Annotated[int, typer.Option(help="Which seed's model.")] = 0,
) -> None:
    """Write the model of a finished run as safetensors, with its configuration and a model card."""
    from fedser.export import release
    from fedser.protocol import Arm

    typer.echo(f"model: {release(run, Arm.parse(arm), seed, folder)}")


@app.command()
def predict(
    model: Annotated[Path, typer.Argument(help="Folder of an exported model.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Audio files.")],
    transcript: Annotated[str, typer.Option(help="What is said in them; empty if unknown.")] = "",
) -> None:
    """Print activation and valence, in [-1, 1], of audio files by an exported model."""
    from fedser import audio
    from fedser.export import load

    loaded = load(model)
    typer.echo("file,activation,valence")
    for file in files:
        try:
            waveform = audio.read(file)
        except (audio.UnreadableAudioError, OSError) as error:
            raise CorpusError(f"{file}: cannot be read as audio ({error})") from None
        activation, valence = loaded.predict([waveform], [transcript])[0]
        typer.echo(f"{file},{activation:.4f},{valence:.4f}")


@app.command()
def extract(
    config: Path,
    data: Data = None,
    iemocap: Iemocap = None,
    msp_improv: MspImprov = None,
    msp_podcast: MspPodcast = None,
    workers: Workers = 2,
    offline: Offline = False,
    overrides: Overrides = None,
) -> None:
    """Compute the features of a configuration's corpora, or finish what a killed extraction left."""
    from fedser.config import load
    from simulations.hearing import check_models, hear, load_corpora
    from simulations.one_device.config import PaperConfig

    settings = load(config, PaperConfig, overrides or [])
    settings.check()
    sources = _sources(data, iemocap, msp_improv, msp_podcast)
    if offline:
        settings = settings.without_network()
    check_models(settings.features, settings.transcription)
    loaded = load_corpora(settings.environments, settings.transcription, sources)
    for environment in hear(settings, loaded, workers):
        left_out = len(environment.corpus.dropped)
        typer.echo(f"{environment.name}: {len(environment.corpus.table)} utterances, {left_out} left out")


@app.command()
def corpora(
    roots: Roots = None,
    plugin: Annotated[
        list[str] | None, typer.Option(help="A module that registers corpora of your own.", metavar="MODULE")
    ] = None,
) -> None:
    """Print Table 1 of what lies in some folders: kept and left out per split, and why."""
    from fedser import plugins
    from simulations.commands.corpora import survey

    plugins.look_in(Path())
    plugins.load_modules(plugin or [])
    typer.echo(survey(roots or []))


@app.command()
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

    _sources(data, None, None, None)
    typer.echo(environments(what or [], data, audio or [], examples, seed))


@privacy.command()
def attack(
    config: Path,
    data: Data = None,
    run: Run = None,
    workers: Workers = 2,
    offline: Offline = False,
    overrides: Overrides = None,
) -> None:
    """Run a federation and a shadow of it, attack what its server receives, and print what was found."""
    from simulations.privacy_studies.attack import run_attack
    from simulations.privacy_studies.config import AttackConfig

    settings, context = _study(config, AttackConfig, data, run, workers, offline, overrides)
    _print_study(run_attack(settings, context, config))


@privacy.command()
def frontier(
    config: Path,
    data: Data = None,
    run: Run = None,
    workers: Workers = 2,
    offline: Offline = False,
    overrides: Overrides = None,
) -> None:
    """Sweep noise, strategy and memory size: accuracy, forgetting and leakage against epsilon, on one page."""
    from simulations.privacy_studies.config import FrontierConfig
    from simulations.privacy_studies.frontier import run_frontier

    settings, context = _study(config, FrontierConfig, data, run, workers, offline, overrides)
    _print_study(run_frontier(settings, context, config))


def _study(
    config: Path,
    kind: type[AnySection],
    data: Path | None,
    run: Path | None,
    workers: int,
    offline: bool,
    overrides: list[str] | None,
) -> tuple[AnySection, RunContext]:
    from fedser.config import load
    from simulations.run_folder import default_folder

    settings = load(config, kind, overrides or [])
    return settings, RunContext(run or default_folder(config), _sources(data, None, None, None), workers, offline)


def _print_study(report: Path) -> None:
    typer.echo((report.parent / "tables.txt").read_text(encoding="utf-8"))
    Console(soft_wrap=True).print(f"report: {report}", markup=False, highlight=False)


def _sources(
    data: Path | None, iemocap: Path | None, msp_improv: Path | None, msp_podcast: Path | None
) -> Sources:
    """Return where the corpora are; raises ConfigError for a folder that is not there."""
    named = {"iemocap": iemocap, "msp-improv": msp_improv, "msp-podcast": msp_podcast}
    for option, folder in {"data": data, **named}.items():
        if folder is not None and not folder.is_dir():
            raise ConfigError(f"--{option} {folder}: no such folder; give the folder that holds the corpora")
    return Sources(data, {corpus: folder for corpus, folder in named.items() if folder is not None})


def _print_tables(folder: Path, shown: Sequence[str] = ()) -> None:
    """Print the tables of a run whose keys are `shown`, by default all but every single test."""
    from fedser.report.kinds import tables_of_run
    from fedser.results.renderers import text

    for table in tables_of_run(folder):
        if table.key in shown if shown else not table.key.startswith(TESTS):
            typer.echo(text.render(table) + "\n")
    what = "all tables and tests, also for" if shown else "all tests, and the same tables for"
    typer.echo(f"{what} Markdown and LaTeX: {folder}/tables.{{txt,md,tex}}")


def _print_end(folder: Path, report: Path) -> None:
    """Print where the report is, and what the run warns of."""
    from simulations.run_folder import read_record

    Console(soft_wrap=True).print(f"\nreport: {report}", markup=False, highlight=False)
    warnings = read_record(folder).get("warnings", [])
    for line in warnings[:WARNINGS_SHOWN]:
        typer.echo(f"warning: {line}", err=True)
    if len(warnings) > WARNINGS_SHOWN:
        typer.echo(f"warning: {len(warnings) - WARNINGS_SHOWN} more, in run.json and the report", err=True)


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
    except (KeyboardInterrupt, click.Abort):
        code = INTERRUPTED
    if code == INTERRUPTED:  # typer also returns it
        _say("stopped; the same command with --run FOLDER resumes the run")
    sys.exit(code if isinstance(code, int) else 0)


def _say(message: str) -> None:
    text = "fedser: " + " ".join(message.split())
    print(text, file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    main()
