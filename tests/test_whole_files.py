import pytest
import torch

from fedser import whole_files
from fedser.errors import RunError


def test_what_is_written_is_read(tmp_path):
    tensors = {"a": torch.arange(6, dtype=torch.float64).view(2, 3).t(), "b": torch.zeros(0, dtype=torch.int64)}
    record = {"losses": [0.1, 1e-300, 2.5], "name": "café"}
    whole_files.write_tensors(tmp_path / "deep" / "file", tensors, record)
    stored, read = whole_files.read_tensors(tmp_path / "deep" / "file")
    assert read == record
    assert all(torch.equal(stored[name], tensor) for name, tensor in tensors.items())
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["file"]


@pytest.mark.parametrize("length", [0, 5, 60, 200])
def test_a_cut_file_is_an_error_that_names_it(tmp_path, length):
    path = tmp_path / "stage-1.safetensors"
    whole_files.write_tensors(path, {"a": torch.zeros(100)}, {"x": 1})
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(RunError, match=r"stage-1\.safetensors: damaged"):
        whole_files.read_tensors(path)
