"""One passage over many utterances: what is stored is taken, the rest is computed and stored."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fedser import audio
from fedser.errors import ConfigError
from fedser.features.digests import AudioFile, FileDigests, Stamp
from fedser.features.encoder import RATE_HZ
from fedser.features.ledger import Ledger, OnProgress, Shelf
from fedser.features.pool import Heard, Work, in_order


def run(
    items: Sequence[Any],
    identify: Callable[[Sequence[Any]], Sequence[tuple[bytes, Any] | str]],
    work: Work,
    shelf: Shelf,
    workers: int,
    on_progress: OnProgress | None,
) -> Ledger:
    """Return the account of all items once each is on the shelf or has failed; see `Ledger.jobs` for `identify`.

    Raises FeatureError if the shelf is damaged or a worker dies; ConfigError for less than one worker.
    """
    if workers < 1:
        raise ConfigError(f"workers: expected a number ≥ 1, got {workers}")
    ledger = Ledger(len(items), shelf, on_progress)
    for job, results in in_order(work, ledger.jobs(items, identify), workers):
        ledger.take(job, results)
    ledger.commit()
    return ledger


def run_files(
    paths: Sequence[str | Path],
    work: Work,
    shelf: Shelf,
    known: FileDigests,
    workers: int,
    on_progress: OnProgress | None,
) -> Ledger:
    """Do so with audio files, told apart by their content."""

    def identify(chunk: Sequence[Path]) -> list[tuple[bytes, AudioFile] | str]:
        found = known.identify(chunk)
        return [each if isinstance(each, str) else (each.digest, each) for each in found]

    return run([Path(path).absolute() for path in paths], identify, work, shelf, workers, on_progress)


def hear(file: AudioFile) -> Heard:
    """Read one audio file in a worker; the reason says why if that cannot be done."""
    try:
        waveform = audio.read(file.path, RATE_HZ)
        if Stamp.of(file.path) != file.stamp:
            return Heard(reason="changed while it was being read")
    except audio.UnreadableAudioError as error:
        return Heard(reason=str(error).removeprefix(f"{file.path}: "))
    except OSError as error:
        return Heard(reason=f"cannot be read ({error.strerror or error})")
    return Heard(waveform, len(waveform) / RATE_HZ)
