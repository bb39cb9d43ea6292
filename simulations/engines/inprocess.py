"""The default engine: the same Flower apps, called in this process or in a few workers, without Ray.

A task costs a few milliseconds beside its training, and nothing has to start.
"""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flwr.app import Context, Message, RecordDict
from flwr.serverapp import Grid
from flwr.supercore.run import Run

from clients.device_app import forget
from fedser.worker_process import freed_memory_kept
from simulations.engines import internals
from simulations.engines.answering import FIRST_NODE, answer, context_of
from simulations.engines.worker_pool import WorkerPool
from simulations.server_app import app as server_app


def run_federation(folder: Path, devices: int, workers: int) -> None:
    """Run the federation of a run folder to its end; raises RunError if it cannot go on."""
    # Every message holds a model.
    with internals.identity(), freed_memory_kept(), in_process_grid(folder, devices, workers) as grid:
        server_app(grid, internals.context(internals.SERVER_NODE, {}, str(folder.absolute())))


@contextmanager
def in_process_grid(folder: Path, devices: int, workers: int) -> Iterator["InProcessGrid"]:
    """Yield a grid of so many devices; with several workers their processes end with the block."""
    run = str(folder.absolute())
    with _modules_passed_over():
        if workers == 1:
            try:
                yield InProcessGrid(run, devices, None)
            finally:
                forget()  # this process was the devices'
            return
        with WorkerPool(run, workers) as pool:
            yield InProcessGrid(run, devices, pool)


@contextmanager
def _modules_passed_over() -> Iterator[None]:
    """Let garbage be looked for among new objects only.

    Messages make garbage, and looking through all imported modules for it costs more than a task.
    """
    frozen_by_another = gc.get_freeze_count() > 0
    gc.freeze()
    try:
        yield
    finally:
        if not frozen_by_another:
            gc.unfreeze()


class InProcessGrid(Grid):
    """A Flower grid whose nodes are function calls; replies come in the order of the messages."""

    def __init__(self, run: str, devices: int, pool: WorkerPool | None) -> None:
        self._run_folder, self._pool, self._sent = run, pool, 0
        self._nodes = range(FIRST_NODE, FIRST_NODE + devices)
        self._run = internals.a_run()

    def set_run(self, run: Run) -> None:
        """Set the run."""
        self._run = run

    @property
    def run(self) -> Run:
        """The run."""
        return self._run

    def create_message(
        self, content: RecordDict, message_type: str, dst_node_id: int, group_id: str, ttl: float | None = None
    ) -> Message:
        """Return a message to a node."""
        return Message(content, dst_node_id, message_type, ttl=ttl, group_id=group_id)

    def get_node_ids(self) -> Iterable[int]:
        """Return the nodes, one for each device."""
        return list(self._nodes)

    def push_messages(self, messages: Iterable[Message]) -> Iterable[str]:
        """Not supported: messages are answered at once, by `send_and_receive`."""
        raise NotImplementedError("the in-process grid answers at once: use send_and_receive")

    def pull_messages(self, message_ids: Iterable[str]) -> Iterable[Message]:
        """Not supported: see `push_messages`."""
        raise NotImplementedError("the in-process grid answers at once: use send_and_receive")

    def send_and_receive(self, messages: Iterable[Message], *, timeout: float | None = None) -> Iterable[Message]:
        """Have every node answer its message, and return the replies; there is no timeout within a process."""
        asked = list(messages)
        for message in asked:
            self._sent += 1
            internals.name(message, self._sent)
        if self._pool is None:
            return [answer(message, self._context(message)) for message in asked]
        return [_reply(message, result) for message, result in zip(asked, self._pool.answer(asked), strict=True)]

    def _context(self, message: Message) -> Context:
        return context_of(message.metadata.dst_node_id, self._run_folder)


def _reply(message: Message, result: Any) -> Message:
    return Message(result, reply_to=message)
