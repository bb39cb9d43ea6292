"""How a node says which device it is, and how that is believed.

Node ids change from run to run, numbers of devices do not; so a server asks every node. Where keys are enrolled a
number is bound to its key: the server sends a challenge of its own, and the node signs it together with its number
and the node id that it was asked by. A number without the key is an impostor's, and so is another node's answer.
"""

import os
from pathlib import Path

from flwr.app import ConfigRecord, Context, Message, MetricRecord, RecordDict

from clients.node import device_of
from clients.node_key import is_signed, private_key_of, sign

_CHALLENGE, _PROOF, _PURPOSE = "challenge", "proof", "introduction"


def challenge() -> str:
    """Return a new challenge, unlike any other."""
    return os.urandom(32).hex()


def question(challenge: str) -> RecordDict:
    """Return what a node is asked."""
    return RecordDict({_CHALLENGE: ConfigRecord({_CHALLENGE: challenge})})


def answer(message: Message, context: Context) -> RecordDict:
    """Return which device this is, signed where it has a key."""
    device, key = device_of(context), private_key_of(context)
    content = RecordDict({"device": MetricRecord({"device": device})})
    asked = message.content.config_records.get(_CHALLENGE)
    if key is not None and asked is not None:
        words = (str(asked[_CHALLENGE]), str(message.metadata.dst_node_id), device)
        content[_PROOF] = ConfigRecord({_PROOF: sign(key, _PURPOSE, words)})
    return content


def number_in(reply: Message) -> int | None:
    """Return the number that a node says it has, None where it says none."""
    try:
        number = reply.content.metric_records["device"]["device"]
    except Exception:  # bytes of a stranger raise anything
        return None
    return number if type(number) is int else None


def is_proven(reply: Message, device: int, challenge: str, keys: Path) -> bool:
    """Return whether the node that replied holds the key that is enrolled for a device."""
    try:
        proof = reply.content.config_records[_PROOF][_PROOF]
    except Exception:  # bytes of a stranger raise anything
        return False
    words = (challenge, str(reply.metadata.src_node_id), device)
    return isinstance(proof, str) and is_signed(keys, device, proof, _PURPOSE, words)
