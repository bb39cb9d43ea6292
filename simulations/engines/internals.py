"""The little of Flower that is not public: what a grid of our own must set.

Checked against flwr 1.41 and 1.42; a test holds it. Another version may have moved it, so it is refused rather
than guessed at.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

from flwr.app import Context, Message, RecordDict
from flwr.supercore.run import Run
from flwr.supercore.task_identity import TaskIdentity

from fedser.errors import RunError

SUPPORTED = ("1.41", "1.42")
RUN_ID, SERVER_NODE = 1, 1


def take_identity() -> None:
    """Make this process a task of run 1, which messages need; raises RunError for another Flower."""
    found = version("flwr")
    if not found.startswith(tuple(f"{known}." for known in SUPPORTED)):
        known = " and ".join(SUPPORTED)
        raise RunError(f"flwr {found} is installed, but the in-process engine knows {known}; install one of them")
    TaskIdentity.run_id, TaskIdentity.node_id, TaskIdentity.task_id = RUN_ID, SERVER_NODE, 0


@contextmanager
def identity() -> Iterator[None]:
    """Let this process be a task of run 1 in the block, and what it was before afterwards."""
    before = {name: getattr(TaskIdentity, name) for name in ("_run_id", "_node_id", "_task_id")}
    take_identity()
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(TaskIdentity, name, value)


def a_run() -> Run:
    """Return the run a grid operates in."""
    return Run.create_empty(RUN_ID)


def name(message: Message, number: int) -> None:
    """Give a message the id that Flower's SuperLink would give it."""
    message.metadata.__dict__["_message_id"] = str(number)


def context(node: int, node_config: dict[str, str | int], run: str) -> Context:
    """Return the context of an app on a node."""
    return Context(RUN_ID, node, dict(node_config), RecordDict(), {"run": run})
