"""What server and devices say to each other for a secure sum: one message a phase and direction.

Public keys, ciphertexts and shares are written as hexadecimal text, so that a message is plain words and numbers,
and at most one vector. `pack` and `unpack` put a message into Flower's records and take it out again.
"""

from dataclasses import dataclass, field, fields
from typing import Any, TypeVar, cast

import numpy as np
from flwr.app import Array, ArrayRecord, ConfigRecord, RecordDict
from numpy.typing import NDArray

from fedser.errors import SecureAggregationError

RECORD, VECTOR = "secure-sum", "masked"
SETUP, SHARE, MASK, AGREE, UNMASK = "setup", "share", "mask", "agree", "unmask"


@dataclass(frozen=True)
class Invitation:
    """Setup, down: this secure sum's name, unlike any other's, and how many devices must stay to its end."""

    name: str
    threshold: int


@dataclass(frozen=True)
class PublicKeys:
    """Setup, up: a key to agree on masks, one to encrypt shares, and what binds the device to its own mask.

    The key to agree on masks binds it to the secret of that.
    """

    mask_key: str
    share_key: str
    own_commitment: str
    signature: str = ""
    """Of the device; "" where nobody asks for one."""

    @property
    def unsigned(self) -> tuple[str, str, str]:
        """Return what is signed."""
        return self.mask_key, self.share_key, self.own_commitment


@dataclass(frozen=True)
class KeyBook:
    """Share, down: everybody's public keys, in the order of `devices`."""

    devices: list[int]
    mask_keys: list[str]
    share_keys: list[str]
    own_commitments: list[str] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class EncryptedShares:
    """Share, up: the shares of this device's secrets, encrypted for one other device each.

    Commitments to them are in the order of the key book, this device's own share among them.
    """

    receivers: list[int]
    ciphertexts: list[str]
    own_commitments: list[str]
    mask_commitments: list[str]


@dataclass(frozen=True)
class Delivery:
    """Mask, down: the shares that others have for this device, and what they committed to.

    Masks are agreed with these senders.
    """

    senders: list[int]
    ciphertexts: list[str]
    own_commitments: list[str]
    mask_commitments: list[str]


@dataclass(frozen=True)
class MaskedVector:
    """Mask, up: the vector (d,) plus its masks, modulo 2³²."""

    values: NDArray[np.uint32]


@dataclass(frozen=True)
class Survivors:
    """Agree and unmask, down: whose vectors arrived, and whose did not although their shares had gone round.

    With whose signatures to that, to unmask against a server that is not trusted.
    """

    arrived: list[int]
    missing: list[int]
    signers: list[int] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Agreement:
    """Agree, up: this device's signature to the survivors it was told of."""

    signature: str


@dataclass(frozen=True)
class RevealedShares:
    """Unmask, up: shares of the arrived devices' own masks, and of the missing ones' mask keys.

    "" for a share that was false when it was dealt.
    """

    arrived: list[str]
    missing: list[str]


AnyMessage = TypeVar("AnyMessage", bound=object)


def pack(message: Any) -> RecordDict:
    """Return any message of this module as Flower's records."""
    if isinstance(message, MaskedVector):
        return RecordDict({RECORD: ArrayRecord({VECTOR: Array(message.values)})})
    return RecordDict(
        {RECORD: ConfigRecord({field.name: getattr(message, field.name) for field in fields(message)})}
    )


def unpack(kind: type[AnyMessage], content: RecordDict) -> AnyMessage:
    """Return the message of a kind; raises SecureAggregationError where the records hold none."""
    try:
        if kind is MaskedVector:
            return cast(AnyMessage, MaskedVector(content.array_records[RECORD][VECTOR].numpy()))
        return _checked(kind(**{key: _plain(value) for key, value in content.config_records[RECORD].items()}))
    except (KeyError, TypeError) as error:
        raise SecureAggregationError(
            f"a message is no {kind.__name__} ({error}); run one version everywhere"
        ) from None


_TYPES: dict[str, type] = {
    "name": str,
    "threshold": int,
    "mask_key": str,
    "share_key": str,
    "own_commitment": str,
    "signature": str,
}
_ELEMENTS: dict[str, type] = {
    **dict.fromkeys(("devices", "receivers", "senders", "signers"), int),
    **dict.fromkeys(
        ("mask_keys", "share_keys", "ciphertexts", "own_commitments", "mask_commitments", "signatures"), str
    ),
}


def _checked(message: AnyMessage) -> AnyMessage:
    """Return a message whose fields are of their types; raises TypeError."""
    for name, value in vars(message).items():
        if name in _TYPES:
            fits = type(value) is _TYPES[name]
        else:
            wanted = _ELEMENTS.get(name, int if isinstance(message, Survivors) else str)
            fits = isinstance(value, list) and all(type(element) is wanted for element in value)
        if not fits:
            raise TypeError(f"{name} is of another type")
    return message


def _plain(value: Any) -> Any:
    """Return a record's value with its lists as lists; an empty one has lost its type, which is no matter."""
    return list(value) if isinstance(value, list | tuple) else value
