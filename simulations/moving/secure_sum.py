"""The server's side of a secure sum: four phases over any engine, tolerant of devices that drop out.

`send(phase, messages by device)` delivers the messages of `clients.secure.messages` and returns the replies that
came back, by device; who is absent from the replies has dropped out. The sum is exact modulo 2³², so it does not
depend on keys, on the order of replies, or on the engine.
"""

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import Any

import numpy as np
from flwr.app import Message, RecordDict
from flwr.common.secure_aggregation.crypto.shamir import combine_shares
from numpy.typing import NDArray

from clients.payload import Task
from clients.secure.device import ACTION, question
from clients.secure.keys import agreed_key, is_public, own_mask, pair_mask, private_key, public_text
from clients.secure.messages import (
    MASK,
    SETUP,
    SHARE,
    UNMASK,
    Delivery,
    EncryptedShares,
    Invitation,
    KeyBook,
    MaskedVector,
    PublicKeys,
    RevealedShares,
    Survivors,
    unpack,
)
from fedser.errors import SecureAggregationError, UserError
from simulations.moving.replies import of_this_app
from simulations.moving.wire import wire_bytes

Send = Callable[[str, Mapping[int, Any]], Mapping[int, Any]]


@dataclass(frozen=True)
class SecureSum:
    """The sum modulo 2³², (d,), and the devices whose vectors it holds, ascending."""

    total: NDArray[np.uint32]
    survivors: tuple[int, ...]


def secure_sum(devices: Sequence[int], threshold: int, length: int, send: Send) -> SecureSum:
    """Return the sum of the vectors, (length,), of all devices that stay to the end.

    Who answers what no device that follows the protocol would has dropped out.
    Raises SecureAggregationError, before anything is revealed, where fewer than `threshold` are left.
    """
    name = os.urandom(16).hex()
    keys: dict[int, PublicKeys] = _ask(
        send, SETUP, {d: Invitation(name, threshold) for d in devices}, threshold, _once
    )
    ring = sorted(keys)
    book = KeyBook(ring, [keys[d].mask_key for d in ring], [keys[d].share_key for d in ring])
    shares: dict[int, EncryptedShares] = _ask(
        send,
        SHARE,
        dict.fromkeys(ring, book),
        threshold,
        lambda found: [d for d, reply in found.items() if _for_all(reply, [o for o in ring if o != d])],
    )
    masked: dict[int, MaskedVector] = _ask(
        send,
        MASK,
        _deliveries(shares),
        threshold,
        lambda found: [d for d, reply in found.items() if _fits(reply.values, length)],
    )
    arrived = sorted(masked)
    missing = sorted(set(shares) - set(arrived))
    question = Survivors(arrived, missing)
    sizes = len(arrived), len(missing)
    revealed: dict[int, RevealedShares] = _ask(
        send,
        UNMASK,
        dict.fromkeys(arrived, question),
        threshold,
        lambda found: [d for d, r in found.items() if (len(r.arrived), len(r.missing)) == sizes],
    )
    total = np.zeros(length, dtype=np.uint32)
    for device in arrived:
        total += masked[device].values
    chosen = [reply for _, reply in sorted(revealed.items())][:threshold]
    for place in range(len(arrived)):
        total -= own_mask(_combined([reply.arrived[place] for reply in chosen]), name, length)
    for place, device in enumerate(missing):
        secret = _combined([reply.missing[place] for reply in chosen])
        total -= _left_by(
            device, secret, {d: keys[d].mask_key for d in arrived}, keys[device].mask_key, name, length
        )
    return SecureSum(total, tuple(arrived))


def _ask(
    send: Send,
    phase: str,
    messages: Mapping[int, Any],
    threshold: int,
    fitting: Callable[[Mapping[int, Any]], Sequence[int]],
) -> dict[int, Any]:
    """Send a phase's messages and return the replies of those who were asked and answer fittingly, if enough
    do."""
    replies = {device: reply for device, reply in send(phase, messages).items() if device in messages}
    chosen = set(fitting(replies))
    _enough(phase, chosen, threshold)
    return {device: reply for device, reply in replies.items() if device in chosen}


def _once(keys: Mapping[int, PublicKeys]) -> list[int]:
    """Return whose keys are keys and nobody else's: the devices would refuse a book with others."""
    counted = Counter(text for reply in keys.values() for text in (reply.mask_key, reply.share_key))
    return [
        device
        for device, reply in keys.items()
        if all(counted[text] == 1 and is_public(text) for text in (reply.mask_key, reply.share_key))
    ]


def _enough(phase: str, left: Sized, threshold: int) -> None:
    if len(left) < threshold:
        raise SecureAggregationError(
            f'{len(left)} devices answered phase "{phase}" of a secure sum that needs {threshold}: the round '
            f"fails, and nothing of it is revealed; ask more devices, or lower threshold (above one half)"
        )


def _for_all(reply: EncryptedShares, others: Sequence[int]) -> bool:
    """Return whether there is one share for each of the others."""
    return reply.receivers == others and len(reply.ciphertexts) == len(others)


def _deliveries(shares: Mapping[int, EncryptedShares]) -> dict[int, Delivery]:
    """Sort the encrypted shares by receiver, among those who sent theirs."""
    sent = {device: dict(zip(reply.receivers, reply.ciphertexts, strict=True)) for device, reply in shares.items()}
    ring = sorted(sent)
    return {to: Delivery([d for d in ring if d != to], [sent[d][to] for d in ring if d != to]) for to in ring}


def _fits(values: NDArray[np.uint32], length: int) -> bool:
    """A vector of another length or type is none; its sender counts as dropped out."""
    return values.shape == (length,) and values.dtype == np.uint32


def _combined(shares: Sequence[str]) -> bytes:
    try:
        return combine_shares([bytes.fromhex(share) for share in shares])
    except Exception:  # shares of a stranger raise anything
        raise SecureAggregationError("shares of a secure sum do not fit together; the round fails") from None


def _left_by(
    device: int, secret: bytes, others: Mapping[int, str], public: str, name: str, length: int
) -> NDArray[np.uint32]:
    """Return what a missing device's pair masks have left in the sum of the others, (length,)."""
    key = private_key(secret, "mask")
    if public_text(key) != public:
        raise SecureAggregationError("the recovered key of a missing device is not its own; the round fails")
    left = np.zeros(length, dtype=np.uint32)
    for other, other_key in others.items():
        mask = pair_mask(agreed_key(key, other_key), name, length)
        left += mask if other > device else -mask
    return left


MESSAGE_TYPE = f"train.{ACTION}"

Ask = Callable[[str, Mapping[int, RecordDict]], Mapping[int, Message]]
CountBytes = Callable[[int, int, int], None]
"""(device, bytes down, bytes up) of one message and its reply."""

_UP: dict[str, Any] = {SETUP: PublicKeys, SHARE: EncryptedShares, MASK: MaskedVector, UNMASK: RevealedShares}


def sender(ask: Ask, task: Task, weigh: CountBytes, note: Callable[[int, str], None] = lambda *_: None) -> Send:
    """Return `send` of `secure_sum`: devices that fail, or answer something else, have dropped out.

    `note` is told why what a device sent is not used.
    """

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
            up = 0
            if reply and heard:
                try:
                    with of_this_app():
                        up = wire_bytes(reply.content)
                        found[device] = unpack(_UP[phase], reply.content)
                except UserError:
                    note(device, f'phase "{phase}" of a secure sum: a reply that is none of this app')
            weigh(device, lengths[id(message)], up)
        return found

    return send
