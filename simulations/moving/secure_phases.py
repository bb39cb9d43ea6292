"""The phases of a secure sum as messages over a Flower grid, weighed like all others."""

from collections.abc import Callable, Mapping
from typing import Any

from flwr.app import Message, RecordDict

from clients.payload import Task
from clients.secure_device import ACTION, question
from clients.secure_messages import (
    MASK,
    SETUP,
    SHARE,
    UNMASK,
    EncryptedShares,
    MaskedVector,
    PublicKeys,
    RevealedShares,
    unpack,
)
from fedser.privacy import SecureAggregationError
from simulations.aggregation_secure import Send
from simulations.moving.wire import wire_bytes

MESSAGE_TYPE = f"train.{ACTION}"

Ask = Callable[[str, Mapping[int, RecordDict]], Mapping[int, Message]]
Weigh = Callable[[int, int, int], None]
"""(device, bytes down, bytes up) of one message and its reply."""

_UP: dict[str, Any] = {SETUP: PublicKeys, SHARE: EncryptedShares, MASK: MaskedVector, UNMASK: RevealedShares}


def sender(ask: Ask, task: Task, weigh: Weigh) -> Send:
    """Return `send` of `secure_sum`: devices that fail, or answer something else, have dropped out."""

    def send(phase: str, messages: Mapping[int, Any]) -> dict[int, Any]:
        # What all are told is one content: serialised once, and never changed.
        contents = {id(message): question(phase, message, task) for message in messages.values()}
        orders = {device: contents[id(message)] for device, message in messages.items()}
        lengths = {key: wire_bytes(content) for key, content in contents.items()}
        replies = ask(MESSAGE_TYPE, orders)
        found = {}
        for device, message in messages.items():
            reply = replies.get(device)
            heard = reply is not None and not reply.has_error()
            weigh(device, lengths[id(message)], wire_bytes(reply.content) if reply and heard else 0)
            if reply and heard:
                try:
                    found[device] = unpack(_UP[phase], reply.content)
                except SecureAggregationError:
                    continue
        return found

    return send
