"""The server's side of a secure sum: four phases over any engine, tolerant of devices that drop out.

`send(phase, messages by device)` delivers the messages of `clients.secure.messages` and returns the replies that
came back, by device; who is absent from the replies has dropped out. The sum is exact modulo 2³², so it does not
depend on keys, on the order of replies, or on the engine.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import Any

import numpy as np
from flwr.app import Message, RecordDict
from numpy.typing import NDArray

from clients.payload import Task
from clients.secure.device import ACTION, question
from clients.secure.keys import agreed_key, is_public, own_mask, pair_mask, private_key
from clients.secure.messages import (
    AGREE,
    MASK,
    SETUP,
    SHARE,
    UNMASK,
    Agreement,
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
from simulations.moving.secret_shares import MASK_KEY, OWN, SecretShares
from simulations.moving.wire import wire_bytes

Send = Callable[[str, Mapping[int, Any]], Mapping[int, Any]]


@dataclass(frozen=True)
class SecureSum:
    """The sum modulo 2³², (d,), and the devices whose vectors it holds, ascending."""

    total: NDArray[np.uint32]
    survivors: tuple[int, ...]


def secure_sum(
    devices: Sequence[int],
    threshold: int,
    length: int,
    send: Send,
    liars: dict[int, str] | None = None,
    active: bool = False,
) -> SecureSum:
    """Return the sum of the vectors, (length,), of all devices that stay to the end.

    Who answers what no device that follows the protocol would has dropped out. `liars` is told who lied about a
    share, and how. `active`: devices sign the survivors before they reveal anything.
    Raises SecureAggregationError, before anything is revealed, where fewer than `threshold` are left.
    """
    name = os.urandom(16).hex()
    keys: dict[int, PublicKeys] = _ask(
        send, SETUP, {d: Invitation(name, threshold) for d in devices}, threshold, _once
    )
    ring = sorted(keys)
    book = KeyBook(ring, *_columns(keys[d] for d in ring))
    shares: dict[int, EncryptedShares] = _ask(
        send,
        SHARE,
        dict.fromkeys(ring, book),
        threshold,
        lambda found: [d for d, reply in found.items() if _for_all(reply, ring, d)],
    )
    masked: dict[int, MaskedVector] = _ask(
        send,
        MASK,
        _deliveries(shares, ring),
        threshold,
        lambda found: [d for d, reply in found.items() if _fits(reply.values, length)],
    )
    arrived = sorted(masked)
    missing = sorted(set(shares) - set(arrived))
    question, asked = Survivors(arrived, missing), arrived
    if active:
        agreed: dict[int, Agreement] = _ask(send, AGREE, dict.fromkeys(arrived, question), threshold, list)
        asked = sorted(agreed)
        question = Survivors(arrived, missing, asked, [agreed[d].signature for d in asked])
    sizes = len(arrived), len(missing)
    revealed: dict[int, RevealedShares] = _ask(
        send,
        UNMASK,
        dict.fromkeys(asked, question),
        threshold,
        lambda found: [d for d, r in found.items() if (len(r.arrived), len(r.missing)) == sizes],
    )
    total = np.zeros(length, dtype=np.uint32)
    for device in arrived:
        total += masked[device].values
    opened = SecretShares(name, threshold, ring, keys, shares, {} if liars is None else liars)
    for place, device in enumerate(arrived):
        secret = opened.secret(OWN, device, {d: reply.arrived[place] for d, reply in revealed.items()})
        total -= own_mask(secret, name, length)
    for place, device in enumerate(missing):
        secret = opened.secret(MASK_KEY, device, {d: reply.missing[place] for d, reply in revealed.items()})
        total -= _left_by(device, secret, {d: keys[d].mask_key for d in arrived}, name, length)
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


def _columns(keys: Iterable[PublicKeys]) -> list[list[str]]:
    """Return mask keys, share keys, commitments and signatures, a list each."""
    return [list(column) for column in zip(*((*one.unsigned, one.signature) for one in keys), strict=True)]


def _for_all(reply: EncryptedShares, ring: Sequence[int], device: int) -> bool:
    """Return whether there is one share for each of the others, and a commitment to each and to its own."""
    others = [other for other in ring if other != device]
    bound = len(reply.own_commitments) == len(reply.mask_commitments) == len(ring)
    return bound and reply.receivers == others and len(reply.ciphertexts) == len(others)


def _deliveries(shares: Mapping[int, EncryptedShares], book: Sequence[int]) -> dict[int, Delivery]:
    """Sort the encrypted shares by receiver, among those who sent theirs; `book` is the order of commitments."""
    sent = {device: dict(zip(reply.receivers, reply.ciphertexts, strict=True)) for device, reply in shares.items()}

    def delivery(to: int) -> Delivery:
        senders, place = [device for device in sorted(sent) if device != to], book.index(to)
        own = [shares[device].own_commitments[place] for device in senders]
        mask = [shares[device].mask_commitments[place] for device in senders]
        return Delivery(senders, [sent[device][to] for device in senders], own, mask)

    return {to: delivery(to) for to in sorted(sent)}


def _fits(values: NDArray[np.uint32], length: int) -> bool:
    """A vector of another length or type is none; its sender counts as dropped out."""
    return values.shape == (length,) and values.dtype == np.uint32


def _left_by(device: int, secret: bytes, others: Mapping[int, str], name: str, length: int) -> NDArray[np.uint32]:
    """Return what a missing device's pair masks have left in the sum of the others, (length,)."""
    key = private_key(secret, "mask")
    left = np.zeros(length, dtype=np.uint32)
    for other, other_key in others.items():
        mask = pair_mask(agreed_key(key, other_key), name, length)
        left += mask if other > device else -mask
    return left


MESSAGE_TYPE = f"train.{ACTION}"

Ask = Callable[[str, Mapping[int, RecordDict]], Mapping[int, Message]]
CountBytes = Callable[[int, int, int], None]
"""(device, bytes down, bytes up) of one message and its reply."""

_UP: dict[str, Any] = {
    SETUP: PublicKeys,
    SHARE: EncryptedShares,
    MASK: MaskedVector,
    AGREE: Agreement,
    UNMASK: RevealedShares,
}


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
