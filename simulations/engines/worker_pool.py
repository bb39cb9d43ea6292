"""Processes that answer messages: the devices of a round, spread over a few of them.

Messages of a round share their content, so a worker is sent each content once, and then node ids.
"""

import gc
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Self

from flwr.app import Error, Message, RecordDict

from fedser.errors import RunError
from fedser.worker_process import become_worker, keep_freed_memory, worker_context
from fedser.worker_start import starting_workers
from simulations.engines import internals
from simulations.engines.answering import answer, context_of
from simulations.engines.mailbox import SLOTS, Mailbox

Result = RecordDict | Error

_AHEAD = SLOTS
"""Messages a worker has at most: one at work, and one so that it need not wait."""

_BESIDE = 1 << 20
"""Bytes of an answer beside its model, at most, for it to go through the mailbox."""


@dataclass(frozen=True)
class _Ask:
    """A message on its way to a worker, which may have been sent its content already."""

    number: int
    node: int
    kind: str
    group: str
    key: int
    content: RecordDict | None
    first: bool
    """Of another round: contents sent before are of no more use."""
    slot: int


@dataclass
class _Worker:
    """The parent's side of a worker, and what it has been sent in the present round."""

    connection: Any
    process: Any
    mailbox: Mailbox | None = None
    known: set[int] = field(default_factory=set)
    waiting: int = 0
    asked: int = 0

    def feed(self, messages: Sequence[Message], pending: deque[int]) -> None:
        """Send it messages as far as it should have some."""
        while pending and self.waiting < _AHEAD:
            content = messages[pending[0]].content
            new = id(content) not in self.known
            if new and self.waiting:
                return  # while a model goes down, another may be on its way up, and neither end would read
            number, first = pending.popleft(), not self.known
            self.known.add(id(content))
            about = messages[number].metadata
            ask = _Ask(
                number,
                about.dst_node_id,
                about.message_type,
                about.group_id,
                id(content),
                content if new else None,
                first,
                self.asked % SLOTS,
            )
            self.connection.send(ask)
            self.waiting += 1
            self.asked += 1

    def take(self) -> tuple[int, Result]:
        """Return the number of the message it has answered, and the answer."""
        number, slot, length, result = self.connection.recv()
        self.waiting -= 1
        if length and self.mailbox:
            result = self.mailbox.take(slot, length)
        return number, result


class WorkerPool:
    """A few spawned processes; which of them answers a message changes nothing about the answer."""

    def __init__(self, run: str, workers: int) -> None:
        context = worker_context()
        self._workers: list[_Worker] = []
        for _ in range(workers):
            with starting_workers():
                ours, theirs = context.Pipe()
                process = context.Process(target=_work, args=(theirs, run), daemon=True)
                process.start()
            theirs.close()
            self._workers.append(_Worker(ours, process))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The devices' states are on disk, so nobody waits for a worker.
        for worker in self._workers:
            worker.connection.close()
            worker.process.terminate()
            worker.process.join()

    def answer(self, messages: Sequence[Message]) -> list[Result]:
        """Return what each message was answered with, in order; raises RunError if a worker dies."""
        results: list[Result | None] = [None] * len(messages)
        pending = deque(range(len(messages)))
        try:
            self._make_room(messages)
            for worker in self._workers:
                worker.known = set()
                worker.feed(messages, pending)
            while at_work := {worker.connection: worker for worker in self._workers if worker.waiting}:
                ready: list[Any] = wait(list(at_work))
                for connection in ready:
                    number, results[number] = at_work[connection].take()
                    at_work[connection].feed(messages, pending)
        except (EOFError, OSError):
            raise RunError(
                "a worker process died, perhaps for want of memory; resume with --run, and fewer --workers"
            ) from None
        return results  # type: ignore[return-value]

    def _make_room(self, messages: Sequence[Message]) -> None:
        """See to mailboxes that hold an answer with a model as large as those that go down."""
        most = max((_array_bytes(message.content) for message in messages), default=0)
        for worker in self._workers:
            if most and (worker.mailbox is None or worker.mailbox.slot_bytes < most + _BESIDE):
                worker.mailbox = Mailbox.shared_with(worker.connection, worker.process.pid, most + _BESIDE)


def _array_bytes(content: RecordDict) -> int:
    return sum(len(array.data) for record in content.array_records.values() for array in record.values())


def _work(connection: "Connection[Any, Any]", run: str) -> None:
    """Answer messages until the other end closes."""
    become_worker()
    keep_freed_memory()
    internals.take_identity()
    gc.freeze()
    contents: dict[int, RecordDict] = {}
    mailbox: Mailbox | None = None
    while True:
        try:
            ask = connection.recv()
        except EOFError:
            return
        if isinstance(ask, int):  # a mailbox of this size follows
            mailbox = Mailbox.received(connection, ask)
            continue
        if ask.first:
            contents.clear()
        if ask.content is not None:
            contents[ask.key] = ask.content
        message = Message(contents[ask.key], ask.node, ask.kind, group_id=ask.group)
        internals.name(message, ask.number + 1)
        reply = answer(message, context_of(ask.node, run))
        result = reply.error if reply.has_error() else reply.content
        length = mailbox.put(ask.slot, result) if mailbox else 0
        connection.send((ask.number, ask.slot, length, None if length else result))
