"""What a device's reply to a round tells, if it is one of this app's."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from flwr.app import Message
from torch import Tensor

from clients.payload import Report, beside_in, report_of
from fedser.errors import RunError, UserError


def read_reply(reply: Message) -> Report:
    """Return what a reply tells, without its update; raises RunError for one that this app would not give."""
    with of_this_app():
        return report_of(reply.content)


def read_beside(reply: Message, lengths: Mapping[str, int]) -> dict[str, Tensor]:
    """Return what came beside a model for the rule, of the lengths that it expects by name.

    Raises RunError for what this app would not send, UserError for NaN or infinity.
    """
    with of_this_app():
        found = beside_in(reply.content)
        shapes = {name: (tuple(vector.shape), vector.dtype) for name, vector in found.items()}
        if shapes != {name: ((length,), torch.float32) for name, length in lengths.items()}:
            raise ValueError(f"beside its model {shapes}, expected {dict(lengths)}")
    for name, vector in found.items():
        if not bool(vector.isfinite().all()):
            raise UserError(f"its {name} holds NaN or infinity")
    return found


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
