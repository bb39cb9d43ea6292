"""Processes that answer messages: the devices of a round, spread over a few of them.

Messages of a round share their content, so a worker is sent each content once, and then node ids.
"""

import multiprocessing
from collections import deque
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Self

from flwr.app import Error, Message, RecordDict

from fedser.errors import RunError
from fedser.worker_process import become_worker, keep_freed_memory

Result = RecordDict | Error

_AHEAD = 2
"""Messages a worker has at most: one at work, and one so that it need not wait."""


class WorkerPool:
    """A few spawned processes; which of them answers a message changes nothing about the answer."""

    def __init__(self, run: str, workers: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._workers: list[tuple[Connection[Any, Any], Any]] = []
        for _ in range(workers):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, run), daemon=True)
            process.start()
            theirs.close()
            self._workers.append((ours, process))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The devices' states are on disk, so nobody waits for a worker.
        for connection, process in self._workers:
            connection.close()
            process.terminate()
            process.join()

    def answer(self, messages: Sequence[Message]) -> list[Result]:
        """Return what each message was answered with, in order; raises RunError if a worker dies."""
        results: list[Result | None] = [None] * len(messages)
        pending = deque(range(len(messages)))
        known: dict[Any, set[int]] = {connection: set() for connection, _ in self._workers}
        waiting: dict[Any, int] = dict.fromkeys(known, 0)

        def feed(connection: Any) -> None:
            while pending and waiting[connection] < _AHEAD:
                content = messages[pending[0]].content
                new = id(content) not in known[connection]
                if new and waiting[connection]:
                    return  # while a model goes down, another may be on its way up, and neither end would read
                k = pending.popleft()
                known[connection].add(id(content))
                about = messages[k].metadata
                head = (k, about.dst_node_id, about.message_type, about.group_id, id(content))
                connection.send((head, content if new else None, len(known[connection]) == 1 and new))
                waiting[connection] += 1

        try:
            for connection in known:
                feed(connection)
            while any(waiting.values()):
                ready: list[Any] = wait([c for c, count in waiting.items() if count])
                for connection in ready:
                    k, result = connection.recv()
                    results[k] = result
                    waiting[connection] -= 1
                    feed(connection)
        except (EOFError, OSError):
            raise RunError(
                "a worker process died, perhaps for want of memory; resume with --run, and fewer --workers"
            ) from None
        return results  # type: ignore[return-value]


def _work(connection: "Connection[Any, Any]", run: str) -> None:
    """Answer messages until the other end closes."""
    become_worker()
    keep_freed_memory()
    from simulations.engines import flower_internals
    from simulations.engines.inprocess import answer, context_of

    flower_internals.take_identity()
    contents: dict[int, RecordDict] = {}
    while True:
        try:
            (k, node, kind, group, key), content, first = connection.recv()
        except EOFError:
            return
        if first:
            contents.clear()  # another round
        if content is not None:
            contents[key] = content
        message = Message(contents[key], node, kind, group_id=group)
        flower_internals.name(message, k + 1)
        reply = answer(message, context_of(node, run))
        connection.send((k, reply.error if reply.has_error() else reply.content))
