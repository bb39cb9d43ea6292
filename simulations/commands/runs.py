"""`fedser report`, `export` and `predict`: what is made of a finished run."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from fedser.errors import CorpusError
from fedser.spelling import visible
from simulations.commands.options import ModelArgument, RunArgument, epilog


class Format(StrEnum):
    """What a model is written as."""

    SAFETENSORS = "safetensors"
    ONNX = "onnx"


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
    form: Annotated[
        Format, typer.Option("--format", help="onnx adds model.onnx, checked against torch to 1e-5.")
    ] = Format.SAFETENSORS,
) -> None:
    """Write a model of a finished run as safetensors, with its configuration and a model card."""
    from simulations.kinds import release_model
    from simulations.model_choice import ModelChoice

    release = release_model(run, ModelChoice(arm, seed, device))
    typer.echo(f"model: {release.write(folder, onnx=form is Format.ONNX)}")


def predict(
    model: ModelArgument,
    places: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE…", help="Audio files, or folders of them.")
    ] = None,
    transcript: Annotated[str, typer.Option(help="What is said in them; empty if unknown.")] = "",
    lists: Annotated[
        list[Path] | None,
        typer.Option("--list", help="A CSV file (path, transcript), or a path in each line.", metavar="FILE"),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Write a CSV file instead.", metavar="FILE")] = None,
) -> None:
    """Print activation and valence, in [-1, 1], of audio files by an exported model.

    A file that cannot be read is named and passed over; the exit code is then 1, and 2 if none can be.
    """
    from fedser.export import load
    from simulations.commands import predictions

    spoken = predictions.spoken_in(places or [], lists or [], transcript)
    if output is not None:
        predictions.check_output(output)
    loaded = load(model)
    rows, unread = [], 0
    for each, outcome in zip(spoken, predictions.predicted(loaded, spoken), strict=True):
        if isinstance(outcome, str):
            said = f"{visible(str(each.path))}: cannot be read as audio ({outcome})"
            if len(spoken) == 1:
                raise CorpusError(said)
            typer.echo(f"fedser: {said}", err=True)
            unread += 1
            continue
        rows.append(predictions.row(each, outcome))
        if output is None and len(rows) == 1:
            typer.echo(",".join(predictions.HEADER))
        if output is None:
            typer.echo(rows[-1].decode("utf-8", "surrogateescape"), nl=False)
    if unread == len(spoken):
        raise CorpusError(f"none of the {unread} files can be read as audio; the reasons stand above")
    if output is not None:
        predictions.write(output, rows)
        typer.echo(f"predictions: {output} ({len(rows)} files)")
    if unread:
        raise typer.Exit(1)


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog=epilog("fedser report runs/demo-20260131-120000", "RUN"))(report)
    app.command(epilog=epilog("fedser export runs/demo-20260131-120000 my_model --arm gem-random", "RUN"))(export)
    app.command(epilog=epilog("fedser predict my_model one.wav two.wav", "MODEL"))(predict)
