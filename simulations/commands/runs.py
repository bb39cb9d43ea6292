"""`fedser report`, `export` and `predict`: what is made of a finished run."""

from pathlib import Path
from typing import Annotated

import typer

from fedser.errors import CorpusError
from simulations.commands.options import ModelArgument, RunArgument, epilog


def report(run: RunArgument) -> None:
    """Write report.html and the tables of a finished run again, whatever kind of run it is."""
    import clients.rules  # noqa: F401  # what its rules of aggregation are called
    from fedser.report import write_report

    typer.echo(f"report: {write_report(run)}")


def export(
    run: RunArgument,
    folder: Annotated[Path, typer.Argument(help="Where to write the model.")],
    arm: Annotated[
        str | None,
        typer.Option(
            help="Whose model: an arm as the configuration writes it, such as gem-random or federated:gem.",
            show_default="the run's only one",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Which seed's model.")] = 0,
    device: Annotated[
        int | None,
        typer.Option(help="A device's own model, of a run of moving devices.", show_default="the server's"),
    ] = None,
) -> None:
    """Write a model of a finished run as safetensors, with its configuration and a model card."""
    from simulations.kinds import release_model
    from simulations.model_choice import ModelChoice

    typer.echo(f"model: {release_model(run, ModelChoice(arm, seed, device)).write(folder)}")


def predict(
    model: ModelArgument,
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


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog=epilog("fedser report runs/demo-20260131-120000", "RUN"))(report)
    app.command(epilog=epilog("fedser export runs/demo-20260131-120000 my_model --arm gem-random", "RUN"))(export)
    app.command(epilog=epilog("fedser predict my_model one.wav two.wav", "MODEL"))(predict)
