"""What a device's reply to a round tells, if it is one of this app's."""

from collections.abc import Iterator
from contextlib import contextmanager

from flwr.app import Message

from clients.payload import Report, report_of
from fedser.errors import RunError


def read_reply(reply: Message) -> Report:
    """Return what a reply tells, without its update; raises RunError for one that this app would not give."""
    with of_this_app():
        return report_of(reply.content)


@contextmanager
def of_this_app() -> Iterator[None]:
    """Turn what reading a reply raises into a RunError; nothing else of the server's may stand in the block."""
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise RunError(
            f"a reply that is none of this app ({type(error).__name__}: {error}); "
            "device and server must run one version"
        ) from None
