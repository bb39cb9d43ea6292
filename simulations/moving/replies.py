"""What a device's reply to a round tells, if it is one of this app's."""

from flwr.app import Message

from clients.parameters import MODEL, PARAMETERS
from clients.payload import Report, report_of
from fedser.errors import RunError


def read_reply(reply: Message, size: int | None) -> Report:
    """Return what a reply tells, without its update; raises RunError for one that this app would not give.

    size: k, the values of an update that stands in it as it is; None where there is none, or [privacy] reads it.
    """
    try:
        report = report_of(reply.content)
        if size is not None and report.outcome == "trained":
            shape = tuple(reply.content.array_records[MODEL][PARAMETERS].shape)
            if shape != (size,):
                raise ValueError(f"an update of shape {shape}, expected ({size},)")
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise RunError(
            f"a reply that is none of this app ({type(error).__name__}: {error}); "
            "device and server must run one version"
        ) from None
    return report
