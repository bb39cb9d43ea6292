"""What a message weighs on the wire."""

from flwr.app import RecordDict
from flwr.common.serde import recorddict_to_proto


def wire_bytes(content: RecordDict) -> int:
    """Return the length of a message's content as Flower serialises it, without serialising it."""
    return int(recorddict_to_proto(content).ByteSize())
