"""What a rule of memory has the server ask ahead of a round's training: the gradients of devices' memories."""

from collections.abc import Callable, Mapping, Sequence, Set

from flwr.app import Message, RecordDict
from torch import Tensor

from clients import payload
from clients.payload import Task
from fedser.errors import UserError
from simulations.moving.replies import RefusedReplyError, of_this_app, read_beside, read_reply
from simulations.moving.round import Round
from simulations.moving.wire import wire_bytes


def contents_ahead(
    task: Task, model: Tensor | None, cohort: Sequence[int], introduced: Set[int]
) -> dict[int, RecordDict]:
    """Return the question to each device of the cohort that has taken part before: others remember nothing yet."""
    content = payload.order(task, model)
    return {device: content for device in cohort if device in introduced}


def memory_gradients(
    asked: Mapping[int, RecordDict],
    replies: Mapping[int, Message],
    size: int,
    round: Round,
    note: Callable[[int, str], None],
) -> list[Tensor]:
    """Return the gradients (k,), k = `size`, that came, ascending by device, and weigh the messages.

    A reply that is none of this app, or says that it is another device's, is noted and counts for nothing.
    """
    found = []
    for device, content in asked.items():
        round.ahead[device] = wire_bytes(content), 0
        reply = replies.get(device)
        if reply is None or reply.has_error():
            continue
        try:
            with of_this_app():
                round.ahead[device] = wire_bytes(content), wire_bytes(reply.content)
            if read_reply(reply, quiet=True).device != device:
                raise RefusedReplyError("a reply that cannot be true: it says it is of another device")
            found.append(read_beside(reply, {payload.MEMORY_GRADIENT: size})[payload.MEMORY_GRADIENT])
        except UserError as error:
            note(device, str(error))
    return found
