"""Encoding in this process or in several: the same vectors in the same order, bit for bit."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import Any

from fedser.errors import FeatureError
from fedser.worker_process import become_worker, keep_freed_memory, worker_context
from fedser.worker_start import open_pool

LOOKAHEAD = 4
"""Bundles in flight per worker: enough that none waits, few enough that memory is bounded."""
GATHERED = 32
"""Bundles encoded together by an encoder that stays here: enough to sort utterances by length."""


@dataclass(frozen=True)
class EncoderInput:
    """One utterance as read: what the encoder takes, or the reason why there is nothing."""

    content: Any = None
    seconds: float = 0.0
    reason: str = ""


@dataclass(frozen=True)
class EncoderOutput:
    """What an encoder made of one utterance, or the reason why there is nothing."""

    result: Any
    seconds: float
    reason: str


@dataclass(frozen=True)
class Work:
    """What is to be done with each item of a bundle: `read` it, then encode it.

    unusable(result): the reason why what the encoder made of an utterance is of no use, or "".
    """

    read: Callable[[Any], EncoderInput]
    encode: Callable[[Sequence[Any]], Iterable[Any]]
    unusable: Callable[[Any], str]
    in_workers: bool

    def whole(self, items: Sequence[Any]) -> list[EncoderOutput]:
        """Read and encode the items."""
        return self.finish(_listen(self.read, items))

    def finish(self, heard: Sequence[EncoderInput]) -> list[EncoderOutput]:
        """Encode what could be read."""
        results = iter(self.encode([each.content for each in heard if not each.reason]))
        return [self._check(each, None if each.reason else next(results)) for each in heard]

    def _check(self, heard: EncoderInput, result: Any) -> EncoderOutput:
        reason = heard.reason or self.unusable(result)
        return EncoderOutput(None, 0.0, reason) if reason else EncoderOutput(result, heard.seconds, "")


def _listen(read: Callable[[Any], EncoderInput], items: Sequence[Any]) -> list[EncoderInput]:
    return [read(item) for item in items]


@dataclass(frozen=True)
class Bundle:
    """Some items that are read and encoded together, each with the digest of its content."""

    digests: list[bytes]
    items: list[Any]


Results = Iterator[tuple[Bundle, list[EncoderOutput]]]


def in_order(work: Work, bundles: Iterator[Bundle], workers: int) -> Results:
    """Yield each bundle with its result, in the order of the bundles.

    With several workers, they read and encode; for an encoder that stays here (a GPU) they read ahead of it.
    """
    if work.in_workers:
        return _done(work.whole, bundles, workers, LOOKAHEAD * workers)
    read = _done(partial(_listen, work.read), bundles, workers, max(LOOKAHEAD * workers, GATHERED))
    return _encoded_here(work, read)


def _encoded_here(work: Work, read: Iterator[tuple[Bundle, list[EncoderInput]]]) -> Results:
    while gathered := list(islice(read, GATHERED)):
        results = iter(work.finish([each for _, heard in gathered for each in heard]))
        for bundle, heard in gathered:
            yield bundle, list(islice(results, len(heard)))


def _done(
    task: Callable[[Sequence[Any]], list[Any]], bundles: Iterator[Bundle], workers: int, ahead: int
) -> Iterator[tuple[Bundle, list[Any]]]:
    """Yield each bundle with what the task makes of its items; at most `ahead` bundles are under way."""
    if workers == 1:
        for bundle in bundles:
            yield bundle, task(bundle.items)
        return
    first_bundle = next(bundles, None)
    if first_bundle is None:  # all is stored: no process need start
        return
    executor = open_pool(worker_context(), workers, _start, (task,))
    waiting: deque[tuple[Bundle, Future[list[Any]]]] = deque()
    try:
        for bundle in chain([first_bundle], bundles):
            waiting.append((bundle, executor.submit(_do, bundle.items)))
            if len(waiting) > ahead:
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()
    except BrokenProcessPool:
        raise FeatureError(
            "extraction: a worker process died (out of memory, or of the error printed above): what was"
            " committed is kept; run again with fewer workers"
        ) from None
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


_task: Callable[[Sequence[Any]], list[Any]]
"""This worker's own; set once by `_start`, in worker processes only."""


def _start(task: Callable[[Sequence[Any]], list[Any]]) -> None:
    global _task
    _task = task
    become_worker()
    keep_freed_memory()


def _do(items: Sequence[Any]) -> list[Any]:
    return _task(items)
