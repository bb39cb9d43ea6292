"""What a device asks of a secure sum by itself, whatever its server says: enough devices, and all signatures.

Against a server that does not follow the protocol (Bonawitz et al. 2017, section 6.2): keys are signed by their
devices, so that a server can invent none, and devices sign whose vectors have arrived before any share is
revealed, so that it cannot tell some of them one thing and some another. With a threshold t of n devices that
holds against 2t − n − 1 devices in league with it; keys that were revealed earlier in the same round count as
such devices.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from clients.node_key import is_signed, sign

Words = Sequence[str | int]


@dataclass(frozen=True)
class Authority:
    """Signs for a device, and knows whose signature is whose."""

    private: EllipticCurvePrivateKey
    keys: Path
    """The folder of all public keys, from the one who enrols devices, not from the server."""
    of: tuple[str | int, ...]
    """What the sum is about: seed, arm and round; a signature for another serves nobody."""

    def sign(self, purpose: str, words: Words) -> str:
        """Return this device's signature."""
        return sign(self.private, purpose, (*self.of, *words))

    def is_signed(self, device: int, signature: str, purpose: str, words: Words) -> bool:
        """Return whether a signature is a device's."""
        return is_signed(self.keys, device, signature, purpose, (*self.of, *words))


@dataclass(frozen=True)
class SumRules:
    """`least`: the fewest devices whose sum this one adds to. `authority`: None for a server that is trusted."""

    least: int = 2
    authority: Authority | None = None


def words_of_keys(name: str, threshold: int, mask_key: str, share_key: str, own_commitment: str) -> Words:
    """Return what a device signs of its keys."""
    return (name, threshold, mask_key, share_key, own_commitment)


def words_of_survivors(name: str, arrived: Sequence[int], missing: Sequence[int]) -> Words:
    """Return what a device signs of the survivors of a sum."""
    return (name, "arrived", *arrived, "missing", *missing)
