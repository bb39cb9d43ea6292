"""`fedser predict`: activation and valence of audio files, folders of them and lists, as CSV."""

import csv
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fedser import audio
from fedser.audio import UnreadableAudioError
from fedser.corpora.delimited import read_delimited
from fedser.errors import CorpusError, RunError
from fedser.export.emotion_model import EmotionModel
from fedser.results.sheet_cells import guarded
from fedser.whole_files import write_bytes

HEADER = ("file", "activation", "valence")

ENDINGS = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".aif", ".aifc", ".au", ".caf", ".w64", ".rf64")
"""Of the files that are taken from a folder, in any case; a file that is named may end in anything."""


@dataclass(frozen=True)
class SpokenFile:
    """A file, and what is said in it."""

    path: Path
    transcript: str


def spoken_in(places: Sequence[Path], lists: Sequence[Path], transcript: str) -> list[SpokenFile]:
    """Return what is to be predicted, in the order given; of a folder all audio in and below it, by name.

    lists: CSV files with a column path, and perhaps transcript; any other file has a path in each line. Relative
    paths start from the list's folder. Raises CorpusError for a list that cannot be read, or if there is nothing.
    """
    found = [SpokenFile(path, transcript) for place in places for path in _files(place)]
    found += [each for file in lists for each in _listed(file, transcript)]
    if not found:
        raise CorpusError(f"predict: no audio files; give files, a folder of {', '.join(ENDINGS)}, or --list FILE")
    return found


def _files(place: Path) -> list[Path]:
    if not place.is_dir():
        return [place]
    files = [Path(root) / name for root, _, names in os.walk(place) for name in names]
    return sorted((file for file in files if file.suffix.lower() in ENDINGS), key=os.fsencode)


def _listed(file: Path, transcript: str) -> Iterator[SpokenFile]:
    try:
        if file.suffix.lower() != ".csv":
            for line in os.fsdecode(file.read_bytes().removeprefix(b"\xef\xbb\xbf")).splitlines():
                if line.strip():
                    yield SpokenFile(file.parent / line.strip(), transcript)
            return
        table = read_delimited(file)
        table.need(("path",))
    except OSError as error:
        raise CorpusError(f"--list {file}: cannot be read ({error.strerror or error})") from None
    texts = table.cells["transcript"] if "transcript" in table.columns else [transcript] * len(table.cells)
    for path, words in zip(table.cells["path"], texts, strict=True):
        yield SpokenFile(file.parent / path, words or transcript)


def predicted(model: EmotionModel, spoken: Iterable[SpokenFile]) -> Iterator[tuple[float, float] | str]:
    """Yield activation and valence of each, or why there are none; each by itself, so no order changes them."""
    for each in spoken:
        try:
            waveform = audio.read(each.path)
        except UnreadableAudioError as error:
            yield error.reason
            continue
        activation, valence = model.predict([waveform], [each.transcript])[0]
        yield (activation, valence) if np.isfinite([activation, valence]).all() else "the model gives no number"


def line(*cells: str) -> bytes:
    """Return a line of CSV, quoted where it must be; names that are not text keep their bytes."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode("utf-8", "surrogateescape")


def row(spoken: SpokenFile, numbers: tuple[float, float]) -> bytes:
    """Return the line of a file."""
    return line(guarded(str(spoken.path)), *(f"{number:.4f}" for number in numbers))


def check_output(file: Path) -> None:
    """Raise RunError if a file is there that `fedser predict` did not write, or it cannot be written."""
    if file.is_dir():
        raise RunError(f"--output {file}: is a folder; name a file")
    try:
        with file.open("rb") as present:
            ours = present.readline() in (line(*HEADER), b"")
    except FileNotFoundError:
        return
    except OSError as error:
        raise RunError(f"--output {file}: cannot be read ({error.strerror or error})") from None
    if not ours:
        raise RunError(f"--output {file}: holds something else than predictions; name another file, or delete it")


def write(file: Path, rows: Iterable[bytes]) -> None:
    """Write the predictions, whole or not at all."""
    write_bytes(file, line(*HEADER) + b"".join(rows))
