"""Encoding in this process or in several: the same vectors in the same order, bit for bit."""

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import wait
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedser.errors import FeatureError
from fedser.features.encoder import AcousticEncoder, LexicalEncoder

LOOKAHEAD = 4
"""Jobs in flight per worker: enough that none waits, few enough that memory is bounded."""


@dataclass(frozen=True)
class Heard:
    """One utterance as read: what the encoder takes, or the reason why there is nothing."""

    content: Any = None
    seconds: float = 0.0
    reason: str = ""


@dataclass(frozen=True)
class Encoded:
    """One utterance's vector (d,), or the reason why there is none."""

    vector: NDArray[np.float32] | None
    seconds: float
    reason: str


@dataclass(frozen=True)
class Work:
    """What is to be done with each item of a job: `read` it, then encode it."""

    read: Callable[[Any], Heard]
    encoder: AcousticEncoder | LexicalEncoder

    def whole(self, items: Sequence[Any]) -> list[Encoded]:
        """Read and encode the items."""
        return self.encode(_listen(self.read, items))

    def encode(self, heard: Sequence[Heard]) -> list[Encoded]:
        """Encode what could be read; a vector that is not finite counts as unreadable."""
        vectors = iter(self.encoder.encode([each.content for each in heard if not each.reason]))
        return [self._check(each, None if each.reason else next(vectors)) for each in heard]

    def _check(self, heard: Heard, vector: NDArray[np.float32] | None) -> Encoded:
        if vector is not None and not np.isfinite(vector).all():
            return Encoded(None, 0.0, f"the encoder {self.encoder.name} gives no finite numbers for it")
        return Encoded(vector, heard.seconds, heard.reason)


def _listen(read: Callable[[Any], Heard], items: Sequence[Any]) -> list[Heard]:
    return [read(item) for item in items]


@dataclass(frozen=True)
class Job:
    """Some items that are read and encoded together, each with the digest of its content."""

    digests: list[bytes]
    items: list[Any]


def in_order(work: Work, jobs: Iterator[Job], workers: int) -> Iterator[tuple[Job, list[Encoded]]]:
    """Yield each job with its result, in the order of the jobs.

    With several workers, they read and encode; for an encoder that stays here (a GPU) they read ahead of it.
    """
    if workers == 1:
        for job in jobs:
            yield job, work.whole(job.items)
        return
    encoder_stays = not work.encoder.in_workers
    task = partial(_listen, work.read) if encoder_stays else work.whole
    executor = ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_start, initargs=(task,)
    )
    waiting: deque[tuple[Job, Future[list[Any]]]] = deque()

    def next_result() -> tuple[Job, list[Encoded]]:
        job, future = waiting.popleft()
        return job, work.encode(future.result()) if encoder_stays else future.result()

    try:
        for job in jobs:
            waiting.append((job, executor.submit(_do, job.items)))
            if len(waiting) > LOOKAHEAD * workers:
                yield next_result()
        while waiting:
            yield next_result()
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
    """Prepare a worker process: one thread, deaf to Ctrl-C (the parent hears it), gone when the parent is."""
    global _task
    _task = task
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if "torch" in sys.modules:  # a model came with the work; log-mel needs no torch
        sys.modules["torch"].set_num_threads(1)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    """End this process as soon as the parent ends; a killed parent cannot say so itself."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _do(items: Sequence[Any]) -> list[Any]:
    return _task(items)
