"""`fedser environments`: what environments sound like, measured, and as files to listen to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fedser import acoustics, audio, corpora
from fedser.acoustics import PRESETS, AcousticOptions
from fedser.acoustics.examples import write_examples
from fedser.acoustics.options import SPELLINGS
from fedser.errors import ConfigError, CorpusError, did_you_mean
from fedser.mobility import Ramp
from fedser.results.numerals import MINUS, NONE
from fedser.results.table import Group, Row, Table
from fedser.spelling import one_form
from fedser.values import read_values, spelt
from simulations import shipped
from simulations.commands.shown_table import with_notes
from simulations.progress import meter
from simulations.sources import Sources

SYNTHETIC: dict[str, Any] = {"speakers": 6, "utterances_per_speaker": 5}
"""How much of the embedded corpus is made where there is no other speech."""


@dataclass(frozen=True)
class Speech:
    """Audio files: to be heard in the environments, and to make babble of."""

    heard: list[Path]
    talkers: list[Path]


def environments(
    what: Sequence[str],
    data: Path | None = None,
    audio_files: Sequence[Path] = (),
    examples: Path | None = None,
    seed: int = 0,
) -> str:
    """Return a table of presets (all by default), or of a configuration's environments, as measured.

    Writes one utterance as heard in each to the folder `examples`, if there is one.
    Raises ConfigError, CorpusError or RunError in one line.
    """
    options, described = _options(what)
    speech = _speech(audio_files, described, Sources(data))
    built = []
    with meter("environments", len(options)) as progress:
        for name, each in options.items():
            progress.show("", name)
            built.append(acoustics.build(name, each, seed, talkers=speech.talkers, root=data))
            progress.finish("", name)
    table = with_notes(environments_table(acoustics.survey(built, speech.heard, seed), options))
    if examples is None:
        return table
    written = write_examples(built, speech.heard, examples)
    return "\n".join([table, *(f"example: {path}" for path in written)])


def environments_table(rows: pd.DataFrame, options: Mapping[str, AcousticOptions]) -> Table:
    """Return the table of a survey's rows, whose environments have these options, in the same order."""
    cells = [_cells(row, each) for (_, row), each in zip(rows.iterrows(), options.items(), strict=True)]
    return Table(
        key="1",
        title="Acoustic environments",
        caption="Reverberation time, and speech-active power over noise power at the microphone, as asked for and"
        " as measured on some utterances.",
        groups=(Group("", 4), Group("RT60 (s)", 2), Group("SNR (dB)", 4)),
        header=(
            *("environment", "room (m)", "noise", "microphone"),
            *("target", "measured"),
            *("target", "measured", "lowest", "highest"),
        ),
        blocks=(tuple(cells),),
        notes=(f"{NONE}: there is none.",),
        text_columns=4,
    )


def _cells(row: "pd.Series[Any]", environment: tuple[str, AcousticOptions]) -> Row:
    name, options = environment
    room = " × ".join(f"{side:g}" for side in options.room) if options.rt60_s else NONE
    reverberation = [_number(row[column], 2) for column in ("rt60_target_s", "rt60_s")]
    ratios = [_number(row[column], 2) for column in ("snr_target_db", "snr_db", "snr_low_db", "snr_high_db")]
    noise = NONE if options.noise == "none" else options.noise
    return (name, room, noise, options.microphone, *reverberation, *ratios)


def _number(value: float, places: int) -> str:
    if np.isnan(value):
        return NONE
    return f"{round(value, places) + 0.0:.{places}f}".replace("-", MINUS)


def _options(what: Sequence[str]) -> tuple[dict[str, AcousticOptions], list[Mapping[str, Any]]]:
    """Return environments by name, and the tables of a configuration that name corpora."""
    found: dict[str, AcousticOptions] = {}
    described: list[Mapping[str, Any]] = []
    for word in map(one_form, what or PRESETS):
        if word in PRESETS or word in SPELLINGS:
            found[SPELLINGS.get(word, word)] = AcousticOptions.parse(word)
        elif Path(word).suffix == ".toml" or word in shipped.names():
            values = _read(shipped.find(Path(word)))
            found |= _of_configuration(values["environments"], word)
            described += [*values.get("corpora", []), *values["environments"]]
        else:
            known = did_you_mean(word, [*PRESETS, *shipped.names()])
            raise ConfigError(f'environments: "{word}" is neither a preset nor a configuration (.toml){known}')
    return found, [table for table in described if table.get("corpus")]


def _read(path: Path) -> dict[str, Any]:
    """Return a configuration's values; only what this command needs is checked."""
    values: dict[str, Any] = spelt(read_values(path), str(path))
    for name in ("environments", "corpora"):
        tables = values.get(name, [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise ConfigError(f"{path}: expected [[{name}]] tables")
    if not values.get("environments"):
        raise ConfigError(f"{path}: has no [[environments]]; each needs a name and may have acoustics")
    return values


def _of_configuration(tables: Iterable[Mapping[str, Any]], where: str) -> dict[str, AcousticOptions]:
    """Return the environments of a configuration, one for each condition of those that degrade."""
    found: dict[str, AcousticOptions] = {}
    for k, table in enumerate(tables):
        name = table.get("name")
        if not isinstance(name, str) or not name or name in found:
            raise ConfigError(f"{where} [environments.{k}]: expected a name of its own, got {name!r}")
        place = f'{where} [environments "{name}"]'
        options = AcousticOptions.parse(table.get("acoustics", "clean"), f"{place} acoustics")
        if "ramp" in table:
            ramp = Ramp.read(table["ramp"], f"{place} ramp")
            steps = acoustics.conditions(name, options, ramp.snrs_db, f"{place} ramp")
            if taken := sorted(steps.keys() & found.keys()):
                raise ConfigError(f'{place} ramp: its step "{taken[0]}" has the name of another environment')
            found |= steps
        else:
            found[name] = options
    return found


def _speech(files: Sequence[Path], described: Sequence[Mapping[str, Any]], sources: Sources) -> Speech:
    """Return the files given; else a configuration's corpora; else those below --data; else the embedded one."""
    if files:
        for file in files:
            _audible(file)
        return Speech(list(files), list(files))
    loaded = [
        corpora.load(
            table["corpus"], sources.root_of(table["corpus"], table.get("root")), **table.get("options", {})
        )
        for table in described
    ]
    if not loaded and sources.data is not None:
        loaded = [corpora.load(name, sources.data) for name in corpora.corpora_in(sources.data)]
        if not loaded:
            raise CorpusError(f"{sources.data}: no corpus known here; leave out --data, or give --audio FILE")
    table = pd.concat([each.table for each in loaded or [corpora.load("synthetic", **SYNTHETIC)]])
    train = table["split"] == "train"
    return Speech([Path(path) for path in table["path"][~train]], [Path(path) for path in table["path"][train]])


def _audible(file: Path) -> None:
    try:
        audio.duration_s(file)
    except audio.UnreadableAudioError as error:
        raise CorpusError(str(error)) from None
