"""The embedded corpus: a small synthesiser speaks in three places. Synthetic: for trying out, not evidence.

fedser needs no download to be tried: the utterances are rendered at first use and kept in the cache folder
(`fedser.cache`). Their labels are what the synthesiser was told to express plus the noise of five raters, so
results on them say that the software works, and nothing about emotion in human speech.
"""

import io
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Literal

import pandas as pd
import soundfile
from pydantic import Field

from fedser import cache
from fedser.corpora.loader import CorpusLoader, Parsed
from fedser.corpora.synthesis.recording import Recording, plan, render
from fedser.errors import CorpusError
from fedser.vocabulary import RATE_HZ
from fedser.whole_files import draft_of
from fedser.worker_process import worker_context
from fedser.worker_start import starting_workers

NOTE = "synthetic: for trying out, not evidence"

LICENCE = f"{NOTE}; made by fedser itself, free for any use"

VERSION = 2
"""Goes up whenever the sound or the labels of an utterance change, so that old renderings are left alone."""


class Synthetic(CorpusLoader):
    """Which of the three environments, and how much of it.

    An utterance depends on seed, place, speaker and its number alone, so that a larger corpus holds the
    smaller one, and both share the files already rendered.
    """

    name = "synthetic"

    place: Literal["home", "office", "cafe"] = "home"
    """Which of the three environments."""
    speakers: int = Field(default=24, ge=3, le=1000)
    """How many."""
    utterances_per_speaker: int = Field(default=10, ge=1, le=1000)
    """How many each says."""
    seed: int = Field(default=0, ge=0, le=2**53)
    """Of voices, sentences and rooms."""

    def parse(self, root: Path) -> Parsed:
        """Return the corpus, after rendering below `root` what is not there yet (some 20 ms an utterance)."""
        render_missing(root, self)
        return Parsed(
            rows=pd.DataFrame([_row(root, recording) for recording in _recordings(self)]),
            label_range=(-1.0, 1.0),
            notes=(NOTE,),
            licence=LICENCE,
        )

    @classmethod
    def default_root(cls) -> Path:
        """Return a folder in the user's cache."""
        return cache.folder() / "synthetic"


def render_missing(
    root: Path,
    options: Synthetic,
    workers: int = 1,
    on_progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write the files of the corpus that are not below `root` yet: 16 kHz mono FLAC.

    A file appears under its name only when it is whole, so this may be killed at any moment, and two
    processes may do it at once. More than one worker starts processes, which needs the caller's script to be
    importable (`if __name__ == "__main__"`). on_progress(done, total) is called after each file.

    Raises CorpusError if the folder cannot be written.
    """
    missing = [recording for recording in _recordings(options) if not _path(root, recording).exists()]
    jobs = [(_path(root, recording), recording) for recording in missing]
    try:
        for folder in {path.parent for path, _ in jobs}:
            folder.mkdir(parents=True, exist_ok=True)
        for done, _ in enumerate(_each(_write, jobs, workers), start=1):
            if on_progress is not None:
                on_progress(done, len(jobs))
    except OSError as error:
        raise CorpusError(
            f"cannot write its audio to {error.filename or root} ({error.strerror or error});"
            " name another root, or another cache folder in FEDSER_CACHE"
        ) from error


def _recordings(options: Synthetic) -> Iterator[Recording]:
    numbers = product(range(options.speakers), range(options.utterances_per_speaker))
    return (plan(options.seed, options.place, speaker, index) for speaker, index in numbers)


def _utterance(recording: Recording) -> str:
    return f"{_speaker(recording)}-u{recording.index:03d}"


def _speaker(recording: Recording) -> str:
    return f"{recording.place}-s{recording.speaker:03d}"


def _path(root: Path, recording: Recording) -> Path:
    folder = f"{recording.place}-v{VERSION}-seed{recording.seed}"
    return root / folder / f"{_utterance(recording)}.flac"


def _row(root: Path, recording: Recording) -> dict[str, object]:
    return {
        "utterance": _utterance(recording),
        "path": str(_path(root, recording)),
        "speaker": _speaker(recording),
        "gender": recording.voice.gender,
        "activation": recording.emotion.activation,
        "valence": recording.emotion.valence,
        "transcript": recording.transcript,
    }


def _each(
    do: Callable[[tuple[Path, Recording]], None], jobs: list[tuple[Path, Recording]], workers: int
) -> Iterator[None]:
    """Do all jobs, in this process or in `workers` new ones; the order does not matter."""
    if workers <= 1 or len(jobs) <= 1:
        yield from map(do, jobs)
        return
    with starting_workers():
        opened = worker_context().Pool(min(workers, len(jobs)))
    with opened as pool:
        yield from pool.imap_unordered(do, jobs, chunksize=4)


def _write(job: tuple[Path, Recording]) -> None:
    """Render one file, whole or not at all."""
    path, recording = job
    whole = io.BytesIO()
    with soundfile.SoundFile(whole, "w", RATE_HZ, 1, subtype="PCM_16", format="FLAC") as file:
        file.comment = NOTE
        file.write(render(recording))
    with draft_of(path, durable=False) as draft:
        draft.write_bytes(whole.getvalue())
