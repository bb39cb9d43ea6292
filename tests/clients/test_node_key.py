"""A device's key: what it has signed is known as its own, and nothing else is."""

import pytest
from cryptography.hazmat.primitives.serialization import load_ssh_private_key

from clients.node_key import KEYS, enrol, is_signed, make_node_key, make_simulated_keys, sign


@pytest.fixture
def keys(tmp_path):
    """Keys of devices 0 and 1, enrolled; returns the folder, and the private key of device 0."""
    pairs = [make_node_key(tmp_path, f"node-{device}") for device in range(2)]
    for device, pair in enumerate(pairs):
        enrol(tmp_path / KEYS, device, pair.public.read_bytes())
    return tmp_path / KEYS, load_ssh_private_key(pairs[0].private.read_bytes(), None)


def test_what_a_device_signed_is_its_own_and_nothing_else(keys):
    folder, private = keys
    made = sign(private, "purpose", ("a", 1))
    assert is_signed(folder, 0, made, "purpose", ("a", 1))
    for device, signature, purpose, words in (
        (1, made, "purpose", ("a", 1)),  # another's key
        (2, made, "purpose", ("a", 1)),  # nobody's key
        (0, made, "other", ("a", 1)),
        (0, made, "purpose", ("a", 2)),
        (0, made, "purpose", ("a",)),
        (0, made, "purpose", ("a1",)),
        (0, "", "purpose", ("a", 1)),
        (0, "zz", "purpose", ("a", 1)),
        (0, made[:-2] + ("00" if made[-2:] != "00" else "01"), "purpose", ("a", 1)),
    ):
        assert not is_signed(folder, device, signature, purpose, words)


def test_a_damaged_enrolment_knows_nobody(keys):
    folder, private = keys
    made = sign(private, "purpose", ())
    (folder / "device-0.pub").write_text("no key")
    assert not is_signed(folder, 0, made, "purpose", ())


def test_devices_of_a_simulation_keep_their_keys(tmp_path):
    make_simulated_keys(tmp_path, 2)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    make_simulated_keys(tmp_path, 2)
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert len({before[tmp_path / KEYS / f"device-{device}.pub"] for device in range(2)}) == 2
