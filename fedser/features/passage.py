"""One passage over many utterances: what is stored is taken, the rest is computed and stored."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fedser import audio
from fedser.errors import ConfigError
from fedser.features.database import Stored
from fedser.features.digests import AudioFile, FileDigests, Stamp
from fedser.features.pool import Bundle, EncoderInput, EncoderOutput, Work, in_order
from fedser.vocabulary import RATE_HZ

CHUNK = 256
"""Utterances in one commit at most; a kill loses no more than these."""
CHUNK_S = 2.0
"""Seconds between commits at most, as soon as a bundle is done."""
LOOKUP = 64
"""Utterances looked up in the store at once."""
BUNDLE = 4
"""Utterances sent to a worker at once."""


@dataclass(frozen=True)
class Progress:
    """How far an extraction is: utterances and hours of audio, and the hours that this run computed itself."""

    done: int
    total: int
    hours: float
    fresh_hours: float


OnProgress = Callable[[Progress], None]


class AnyShelf(Protocol):
    """Where the results of an extraction are kept, each under the digest of what it is of."""

    def find(self, digests: Sequence[bytes]) -> dict[bytes, Stored]:
        """Return what is kept of these contents."""

    def append(
        self, digests: Sequence[bytes], contents: Sequence[Any], seconds: Sequence[float]
    ) -> dict[bytes, Stored]:
        """Keep some results in one transaction and return where."""


class Account:
    """Takes what is encoded, commits it chunk by chunk and keeps account of `total` utterances."""

    def __init__(self, total: int, shelf: AnyShelf, on_progress: OnProgress | None) -> None:
        self.rows: NDArray[np.int64] = np.full(total, -1, dtype=np.int64)
        self.failures: dict[int, str] = {}
        self._shelf, self._on_progress = shelf, on_progress
        self._done, self._seconds, self._fresh_seconds = 0, 0.0, 0.0
        self._known: dict[bytes, Stored | str] = {}
        self._wanted_by: dict[bytes, list[int]] = {}
        self._pending: dict[bytes, EncoderOutput] = {}
        self._committed_at = time.monotonic()

    def bundles(
        self, items: Sequence[Any], identify: Callable[[Sequence[Any]], Sequence[tuple[bytes, Any] | str]]
    ) -> Iterator[Bundle]:
        """Yield what must be encoded: each content once, unless it is stored.

        `identify` returns, for some items, the digest and what to send to the worker, or why there is neither.
        """
        for start in range(0, len(items), LOOKUP):
            identified = identify(items[start : start + LOOKUP])
            self._known |= self._shelf.find([each[0] for each in identified if not isinstance(each, str)])
            fresh: dict[bytes, Any] = {}
            for position, each in enumerate(identified, start):
                if isinstance(each, str):
                    self._settle(position, each)
                elif each[0] in self._known:
                    self._settle(position, self._known[each[0]])
                else:
                    if each[0] not in self._wanted_by:
                        fresh[each[0]] = each[1]
                    self._wanted_by.setdefault(each[0], []).append(position)
            self._report()
            yield from _bundles(fresh)

    def take(self, bundle: Bundle, results: Sequence[EncoderOutput]) -> None:
        """Enter the results of a bundle, and commit if enough has come together."""
        self._pending.update(zip(bundle.digests, results, strict=True))
        if len(self._pending) >= CHUNK or time.monotonic() - self._committed_at > CHUNK_S:
            self.commit()

    def commit(self) -> None:
        """Write what is pending to the store, and settle the utterances that waited for it."""
        good = {digest: each for digest, each in self._pending.items() if not each.reason}
        outcome: dict[bytes, Stored | str] = {digest: each.reason for digest, each in self._pending.items()}
        if good:
            results, seconds = zip(*((each.result, each.seconds) for each in good.values()), strict=True)
            outcome |= self._shelf.append(list(good), results, seconds)
            self._fresh_seconds += sum(seconds)
        for digest, stored in outcome.items():
            self._known[digest] = stored
            for position in self._wanted_by.pop(digest):
                self._settle(position, stored)
        self._pending = {}
        self._committed_at = time.monotonic()
        self._report()

    def _settle(self, position: int, outcome: Stored | str) -> None:
        self._done += 1
        if isinstance(outcome, str):
            self.failures[position] = outcome
        else:
            self.rows[position] = outcome.row
            self._seconds += outcome.seconds

    def _report(self) -> None:
        if self._on_progress is not None:
            hours, fresh_hours = self._seconds / 3600, self._fresh_seconds / 3600
            self._on_progress(Progress(self._done, len(self.rows), hours, fresh_hours))


def _bundles(fresh: dict[bytes, Any]) -> Iterator[Bundle]:
    digests = list(fresh)
    for start in range(0, len(digests), BUNDLE):
        part = digests[start : start + BUNDLE]
        yield Bundle(part, [fresh[digest] for digest in part])


def run(
    items: Sequence[Any],
    identify: Callable[[Sequence[Any]], Sequence[tuple[bytes, Any] | str]],
    work: Work,
    shelf: AnyShelf,
    workers: int,
    on_progress: OnProgress | None,
) -> Account:
    """Return the account once each item is on the shelf or has failed; see `Account.bundles` for `identify`.

    Raises FeatureError if the shelf is damaged or a worker dies; ConfigError for less than one worker.
    """
    if workers < 1:
        raise ConfigError(f"workers: expected a number ≥ 1, got {workers}")
    account = Account(len(items), shelf, on_progress)
    for bundle, results in in_order(work, account.bundles(items, identify), workers):
        account.take(bundle, results)
    account.commit()
    return account


def run_files(
    paths: Sequence[str | Path],
    work: Work,
    shelf: AnyShelf,
    known: FileDigests,
    workers: int,
    on_progress: OnProgress | None,
) -> Account:
    """Do so with audio files, told apart by their content."""

    def identify(chunk: Sequence[Path]) -> list[tuple[bytes, AudioFile] | str]:
        found = known.identify(chunk)
        return [each if isinstance(each, str) else (each.digest, each) for each in found]

    return run([Path(path).absolute() for path in paths], identify, work, shelf, workers, on_progress)


def hear(file: AudioFile) -> EncoderInput:
    """Read one audio file in a worker; the reason says why if that cannot be done."""
    try:
        waveform = audio.read(file.path, RATE_HZ)
        if Stamp.of(file.path) != file.stamp:
            return EncoderInput(reason="changed while it was being read")
    except audio.UnreadableAudioError as error:
        return EncoderInput(reason=error.reason)
    except OSError as error:
        return EncoderInput(reason=f"cannot be read ({error.strerror or error})")
    return EncoderInput(waveform, len(waveform) / RATE_HZ)
