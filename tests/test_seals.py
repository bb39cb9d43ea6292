"""Whatever of a sealed file is changed, and wherever it comes from: it is found, or does no harm."""

import json
import random

import pytest
import torch
from safetensors.torch import save_file

from fedser.errors import StorageError
from fedser.seals import digest_of
from fedser.whole_files import read_record, read_tensors, write_record, write_tensors

OF = {"device": 3, "arm": "seed-0/federated-gem"}
RECORD = {
    "round": 7,
    "losses": [0.1, 1e-300, float("inf")],
    "name": "café",
    "nothing": None,
    "deep": {"a": [1, {}]},
}


def tensors():
    random_numbers = torch.Generator().manual_seed(1)
    return {
        "model": torch.randn(40, generator=random_numbers),
        "counts": torch.arange(6, dtype=torch.int64).reshape(2, 3),
        "half": torch.randn(4, generator=random_numbers).to(torch.bfloat16),
        "flag": torch.tensor(True),
        "empty": torch.zeros(0, 3)[:, 1:],
    }


def write(kind, path, of=OF):
    return write_record(path, RECORD, of) if kind == "record" else write_tensors(path, tensors(), RECORD, of)


def read(kind, path, of=OF, **options):
    if kind == "record":
        return read_record(path, of, **options)
    found, record = read_tensors(path, of, **options)
    assert found.keys() == tensors().keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in tensors().items())
    return record


KINDS = pytest.mark.parametrize("kind", ["record", "tensors"])


@KINDS
def test_what_was_sealed_is_read_as_it_was(tmp_path, kind):
    path = write(kind, tmp_path / "file")
    assert read(kind, path) == RECORD
    assert read(kind, path, {}) == RECORD, "who does not know whose it is may read it"
    assert write(kind, tmp_path / "again").read_bytes() == path.read_bytes()


@KINDS
def test_every_flipped_bit_is_found_or_changes_nothing(tmp_path, kind):
    path = write(kind, tmp_path / "file")
    whole, moments, said = path.read_bytes(), random.Random(3), []
    for place in range(len(whole)):
        spoilt = bytearray(whole)
        spoilt[place] ^= 1 << moments.randrange(8)
        path.write_bytes(spoilt)
        try:
            assert read(kind, path) == RECORD
        except StorageError as error:
            said.append(str(error))
    assert len(said) > 0.9 * len(whole)
    assert all(line.startswith(f"{path}: ") for line in said)
    assert all(line.endswith("; delete this file and resume") and "\n" not in line for line in said)


@KINDS
@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b"[" * 10_000, b"\xff\xfe", None, "folder"])
def test_what_is_no_sealed_file_is_one_line(tmp_path, kind, content):
    path = tmp_path / "file"
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(StorageError, match=r"^\S+/file: damaged \([^\n]+\); start anew$"):
        read(kind, path, way_out="start anew")


@KINDS
def test_anothers_file_is_known_by_its_owner(tmp_path, kind):
    path = write(kind, tmp_path / "file", OF | {"device": 4, "data": "1f"})
    with pytest.raises(
        StorageError, match=r"file: is of device 4, expected device 3; delete this file and resume$"
    ):
        read(kind, path)
    with pytest.raises(StorageError, match=r"file: is of data 1f, expected data 2e; "):
        read(kind, path, OF | {"device": 4, "data": "2e"})
    with pytest.raises(StorageError, match=r"file: is of round unknown, expected round 2; "):
        read(kind, path, {"round": 2})


def test_tensors_of_a_version_without_seals_are_read(tmp_path):
    save_file(tensors(), tmp_path / "old", {"record": json.dumps(RECORD)})
    assert read("tensors", tmp_path / "old") == RECORD


def test_a_digest_knows_where_one_part_ends():
    assert digest_of(b"a", b"b") != digest_of(b"ab") != digest_of(b"ab", b"")
