"""Keys, shares and masks of a secure sum, on Flower's primitives.

Key agreement, encryption and Shamir's sharing are Flower's. Its expansion of a seed to a mask is not used:
`pseudo_rand_gen` (flwr 1.41) folds every seed to 32 bits, which a server can try out one by one, and never
draws the largest residue. Masks are the key stream of ChaCha20 (RFC 8439) instead: 120 bits of secret,
uniform over all residues modulo 2³².

A secret is 15 bytes, because Flower's sharing pads to blocks of 16 and takes its time for each. The private key
of the mask agreement is derived from such a secret, so that sharing the secret shares the key.
"""

import base64
import hashlib
from typing import cast

import numpy as np
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flwr.common.secure_aggregation.crypto.symmetric_encryption import generate_shared_key
from flwr.supercore.primitives.asymmetric import bytes_to_public_key, public_key_to_bytes
from numpy.typing import NDArray

SECRET_BYTES = 15
CURVE = ec.SECP384R1()
ORDER = int(
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973", base=16
)
"""The order of the curve P-384 (SEC 2, version 2.0, 2.5.1)."""


def private_key(secret: bytes, purpose: str) -> ec.EllipticCurvePrivateKey:
    """Return the private key that a secret stands for, one for each purpose."""
    wide = HKDF(hashes.SHA384(), 64, salt=None, info=f"fedser private key {purpose}".encode()).derive(secret)
    return ec.derive_private_key(int.from_bytes(wide) % (ORDER - 1) + 1, CURVE)


def public_text(key: ec.EllipticCurvePrivateKey) -> str:
    """Return the public key as hexadecimal text, to be sent."""
    return public_key_to_bytes(key.public_key()).hex()


def is_public(text: str) -> bool:
    """Return whether a text is a public key on the curve."""
    try:
        key = bytes_to_public_key(bytes.fromhex(text))
    except Exception:  # bytes of a stranger raise anything
        return False
    return isinstance(key.curve, ec.SECP384R1)


def agreed_key(own: ec.EllipticCurvePrivateKey, other: str) -> bytes:
    """Return the key that both holders compute, 32 bytes in URL-safe base64, as Flower's encryption takes it."""
    return generate_shared_key(own, bytes_to_public_key(bytes.fromhex(other)))


def pair_mask(agreed: bytes, name: str, length: int) -> NDArray[np.uint32]:
    """Return the mask that two devices agree on for the sum called `name`, (length,)."""
    return _expand(base64.urlsafe_b64decode(agreed), f"pair {name}", length)


def own_mask(secret: bytes, name: str, length: int) -> NDArray[np.uint32]:
    """Return the mask of one device alone for the sum called `name`, (length,)."""
    return _expand(secret, f"own {name}", length)


def commitment(share: str, name: str, kind: str, dealer: int, holder: int = -1) -> str:
    """Return what binds a dealer to a share (hexadecimal), or to a secret, which has no holder.

    A hash: shares and secrets are random, of 120 bits, so it tells nothing of them.
    """
    words = "\n".join((name, kind, str(dealer), str(holder), share))
    return hashlib.blake2b(words.encode(), digest_size=32, person=b"fedser share").hexdigest()


def _expand(secret: bytes, purpose: str, length: int) -> NDArray[np.uint32]:
    key = hashlib.blake2b(
        secret, digest_size=32, person=hashlib.blake2b(purpose.encode(), digest_size=16).digest()
    )
    # Every key expands once only, so the nonce may be constant.
    stream = Cipher(ChaCha20(key.digest(), bytes(16)), mode=None).encryptor().update(bytes(4 * length))
    return cast(NDArray[np.uint32], np.frombuffer(stream, dtype="<u4").astype(np.uint32))
