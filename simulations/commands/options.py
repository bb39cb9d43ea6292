"""Options that several commands have in common."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from fedser.errors import ConfigError
from fedser.spelling import shown
from simulations import shipped
from simulations.sources import MOST_WORKERS, Sources

_MATCHED = {"utterances": "memory", "bytes": "memory", "epochs": "training", "steps": "training"}
"""The section in which each thing that can be matched stands."""

ConfigArgument = Annotated[
    Path, typer.Argument(metavar="CONFIG", callback=shipped.find, autocompletion=shipped.names)
]
RunArgument = Annotated[Path, typer.Argument(metavar="RUN")]
ModelArgument = Annotated[Path, typer.Argument(metavar="MODEL")]

_MEANINGS = {
    "CONFIG": "a TOML file's path, or the name of a configuration that comes with fedser (see fedser configs).",
    "STUDY": "a study's TOML file, or the name of one that comes with fedser (memory, orders, encoders, …).",
    "NAME": "the new file's name, with or without .toml.",
    "SECTION": "a section's name, such as memory, privacy, gem or ravdess.",
    "RUN": "the folder of a finished run, such as runs/demo-20260131-120000.",
    "RUN…": "the folders of finished runs of one kind.",
    "MODEL": "the folder of a model that fedser export has written.",
}
"""What arguments are. Below a command's help, because typer 0.20 shows no help of arguments with click 8.5."""

Data = Annotated[Path | None, typer.Option(help="Folder that holds the corpora.", metavar="ROOT")]
IemocapRoot = Annotated[Path | None, typer.Option(help="IEMOCAP's folder, wherever it is.", metavar="FOLDER")]
MspImprovRoot = Annotated[Path | None, typer.Option(help="MSP-IMPROV's folder, wherever it is.", metavar="FOLDER")]
MspPodcastRoot = Annotated[
    Path | None, typer.Option(help="MSP-Podcast's folder, wherever it is.", metavar="FOLDER")
]
RunFolder = Annotated[
    Path | None,
    typer.Option(help="Run folder; an unfinished run in it is resumed.", metavar="FOLDER", show_default="runs/…"),
]
Seeds = Annotated[int | None, typer.Option(help="Number of seeds, instead of the configuration's.", min=1)]
Workers = Annotated[int, typer.Option(help="Processes, of one thread each.", min=1, max=MOST_WORKERS)]
Offline = Annotated[
    bool, typer.Option("--offline", help="Never ask a network: models from local folders or the cache.")
]
Match = Annotated[
    list[str] | None,
    typer.Option(
        help="What all methods have the same of: bytes kept (sets memory.match), or steps taken (training.match).",
        show_default="the CONFIG's",
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", help="Change an option of the configuration.", metavar="SECTION.KEY=VALUE"),
]


def sources_of(
    data: Path | None,
    iemocap: Path | None = None,
    msp_improv: Path | None = None,
    msp_podcast: Path | None = None,
) -> Sources:
    """Return where the corpora are; raises ConfigError for a folder that is not there."""
    named = {"iemocap": iemocap, "msp-improv": msp_improv, "msp-podcast": msp_podcast}
    for option, folder in {"data": data, **named}.items():
        if folder is not None and not folder.is_dir():
            raise ConfigError(f"--{option} {folder}: no such folder; give the folder that holds the corpora")
    return Sources(data, {corpus: folder for corpus, folder in named.items() if folder is not None})


def epilog(example: str, *arguments: str) -> str:
    """Return what stands below the help of a command: what its arguments are, and an example."""
    return "\n\n".join([*(f"{name}: {_MEANINGS[name]}" for name in arguments), f"Example: {example}"])


def matching(match: Sequence[str] | None, known: Sequence[str]) -> list[str]:
    """Return the changes that --match makes; raises ConfigError for what is not `known`."""
    for one in match or ():
        if one not in known:
            raise ConfigError(f"--match {shown(one)}: expected {' or '.join(known)}")
    return [f"{_MATCHED[one]}.match={one}" for one in match or ()]
