"""A device's own key, by which it is known: what it signs, and who checks that.

The pair is that by which a SuperLink knows a SuperNode, on P-384, in OpenSSH's files. A signature is over a
purpose and words, so that one made for one purpose serves no other.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
    load_ssh_public_key,
)
from flwr.app import Context

from clients.node import run_of, states_of
from fedser import whole_files
from fedser.errors import ConfigError

KEYS = "keys"
"""The folder of all public keys, below the run folder, or where `peer-keys` of a node says."""
_PRIVATE = "node-key"
_ALGORITHM = ec.ECDSA(hashes.SHA384())


@dataclass(frozen=True)
class NodeKey:
    """A node's key pair; OpenSSH files, as Flower reads them."""

    private: Path
    public: Path


def make_node_key(folder: Path, name: str) -> NodeKey:
    """Make a node's key pair."""
    files = NodeKey(folder / name, folder / f"{name}.pub")
    key = ec.generate_private_key(ec.SECP384R1())
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    whole_files.write_bytes(files.private, secret, secret=True)
    whole_files.write_bytes(files.public, key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH))
    return files


def enrol(keys: Path, device: int, public: bytes) -> None:
    """Write down, in the folder of all public keys, whose a number is."""
    whole_files.write_bytes(keys / f"device-{device}.pub", public)


def make_simulated_keys(run: Path, devices: int) -> None:
    """Make and enrol what keys the devices of a simulation lack; their disks lie below the run folder."""
    for device in range(devices):
        home = run / "devices" / str(device)
        if not (home / _PRIVATE).exists() or not (run / KEYS / f"device-{device}.pub").exists():
            enrol(run / KEYS, device, make_node_key(home, _PRIVATE).public.read_bytes())


def private_key_of(context: Context) -> ec.EllipticCurvePrivateKey | None:
    """Return a node's own key, None where it has none."""
    named = context.node_config.get("node-key")
    path = Path(str(named)) if named else states_of(context) / _PRIVATE
    if not path.exists():
        return None
    key = load_ssh_private_key(path.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ConfigError(f"{path}: a node's key is on a curve such as P-384; make it with ssh-keygen -t ecdsa")
    return key


def peers_of(context: Context) -> Path:
    """Return the folder in which a node finds the public keys of all."""
    named = context.node_config.get("peer-keys")
    return Path(str(named)) if named else run_of(context) / KEYS


def sign(key: ec.EllipticCurvePrivateKey, purpose: str, words: Sequence[str | int]) -> str:
    """Return a signature as hexadecimal text."""
    return key.sign(_bytes(purpose, words), _ALGORITHM).hex()


def is_signed(keys: Path, device: int, signature: str, purpose: str, words: Sequence[str | int]) -> bool:
    """Return whether a signature is that of the key which is enrolled for a device."""
    try:
        public = load_ssh_public_key((keys / f"device-{device}.pub").read_bytes())
        if not isinstance(public, ec.EllipticCurvePublicKey):
            return False
        public.verify(bytes.fromhex(signature), _bytes(purpose, words), _ALGORITHM)
    except Exception:  # files and bytes of strangers raise anything; of a right signature nothing does
        return False
    return True


def _bytes(purpose: str, words: Sequence[str | int]) -> bytes:
    return json.dumps(["fedser", purpose, *words]).encode()
