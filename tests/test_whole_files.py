"""Whole or absent, whatever happens to the writer or the disk."""

import ast
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from fedser import whole_files
from fedser.errors import RunError

ROOT = Path(__file__).parents[1]
WRITERS = {
    "text": lambda path, version: whole_files.write_text(path, f"{version}\n" * 50_000),
    "bytes": lambda path, version: whole_files.write_bytes(path, bytes([version]) * 100_000),
    "array": lambda path, version: whole_files.write_array(path, np.full(20_000, version)),
    "tensors": lambda path, version: whole_files.write_tensors(
        path, {"a": torch.full((30_000,), version)}, {"version": version}
    ),
}


def test_what_is_written_is_read(tmp_path):
    tensors = {"a": torch.arange(6, dtype=torch.float64).view(2, 3).t(), "b": torch.zeros(0, dtype=torch.int64)}
    record = {"losses": [0.1, 1e-300, 2.5], "name": "café"}
    whole_files.write_tensors(tmp_path / "deep" / "file", tensors, record)
    stored, read = whole_files.read_tensors(tmp_path / "deep" / "file")
    assert read == record
    assert all(torch.equal(stored[name], tensor) for name, tensor in tensors.items())
    assert names(tmp_path / "deep") == ["file"]


def test_text_is_utf_8_with_line_feeds_and_an_array_is_numpys(tmp_path):
    assert whole_files.write_text(tmp_path / "text", "é\n1\r\n").read_bytes() == b"\xc3\xa9\n1\r\n"
    array = np.arange(6.0).reshape(2, 3).T
    assert np.load(whole_files.write_array(tmp_path / "array", array)).tobytes() == array.tobytes()


@pytest.mark.parametrize("length", [0, 5, 60, 200])
def test_a_cut_file_is_an_error_that_names_it(tmp_path, length):
    path = tmp_path / "stage-1.safetensors"
    whole_files.write_tensors(path, {"a": torch.zeros(100)}, {"x": 1})
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(RunError, match=r"stage-1\.safetensors: damaged"):
        whole_files.read_tensors(path)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def run(program, *arguments):
    """Run a program in a process of its own."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


UNDER_UMASKS = """
import os, sys
from fedser import whole_files
from tests.test_whole_files import WRITERS, Path
for umask in (0o022, 0o027, 0o077):
    os.umask(umask)
    whole_files._umask.cache_clear()
    for kind, write in WRITERS.items():
        print(umask, kind, oct(write(Path(sys.argv[1]) / f"{kind}-{umask}", 0).stat().st_mode & 0o777))
"""


def test_a_secret_is_its_owners_alone(tmp_path):
    path = whole_files.write_bytes(tmp_path / "key", b"k", secret=True)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes() == b"k"


def test_permissions_are_those_of_any_new_file(tmp_path):
    said = run(UNDER_UMASKS, tmp_path).stdout.splitlines()
    modes = {0o022: "0o644", 0o027: "0o640", 0o077: "0o600"}
    assert said == [f"{umask} {kind} {mode}" for umask, mode in modes.items() for kind in WRITERS]


WRITE_ON = """
import sys
from itertools import count
from tests.test_whole_files import WRITERS, Path
for number in count(1):
    for kind, write in WRITERS.items():
        write(Path(sys.argv[1]) / kind, number % 2)
    print(number, flush=True)
"""


def test_a_killed_writer_leaves_the_old_file_or_the_new(tmp_path):
    moments, folder = random.Random(4), tmp_path / "run"
    whole = {kind: [write(tmp_path / kind, n).read_bytes() for n in (0, 1)] for kind, write in WRITERS.items()}
    for _ in range(3):
        command = [sys.executable, "-c", WRITE_ON, str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
            process.stdout.readline()
            time.sleep(moments.uniform(0, 0.1))
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        assert all((folder / kind).read_bytes() in contents for kind, contents in whole.items())
    whole_files.remove_drafts(tmp_path)
    assert names(folder) == sorted(WRITERS)


KILL_YOURSELF = """
import os, signal, sys
from fedser import whole_files
from tests.test_whole_files import Path
with whole_files.draft_of(Path(sys.argv[1])) as draft:
    draft.write_text(sys.argv[2])
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("so_far", ["ne", "new"])
def test_killed_before_the_draft_is_put_in_place_the_old_file_is_there(tmp_path, so_far):
    path = whole_files.write_text(tmp_path / "file", "old")
    assert run(KILL_YOURSELF, path, so_far).returncode == -signal.SIGKILL
    assert path.read_text() == "old"
    assert len(names(tmp_path)) == 2
    whole_files.remove_drafts(tmp_path)
    assert names(tmp_path) == ["file"]


def test_only_drafts_are_removed(tmp_path):
    kept = [".lock", ".tmp", "a.draft", ".tmpdir/.hidden", "round-00001.safetensors"]
    for name in [*kept, ".a.json.1-2.draft", "deep/.b.3-4.draft", "deep/.tmpA1b2C3"]:
        whole_files.write_text(tmp_path / name, "")
    whole_files.remove_drafts(tmp_path)
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} == set(kept)


ON_A_FULL_DISK = """
import subprocess, sys
from fedser.errors import RunError
from tests.test_whole_files import WRITERS, Path, names
folder = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], check=True)
for kind in WRITERS:
    (folder / kind).write_text("old")
(folder / "ballast").write_bytes(bytes(180_000))
for kind, write in WRITERS.items():
    try:
        write(folder / kind, 1)
    except RunError as error:
        print(kind, str(error))
    assert (folder / kind).read_text() == "old"
    assert names(folder) == sorted([*WRITERS, "ballast"])
"""
UNSHARE = ["unshare", "--user", "--map-root-user", "--mount"]


def a_disk_can_be_mounted():
    if not shutil.which("unshare"):
        return False
    command = [*UNSHARE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not a_disk_can_be_mounted(), reason="no small disk can be mounted here")
def test_a_full_disk_is_one_line_and_leaves_what_was_there(tmp_path):
    command = [*UNSHARE, sys.executable, "-c", ON_A_FULL_DISK, str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    said = ended.stdout.splitlines()
    assert [line.split()[0] for line in said] == list(WRITERS)
    for line in said:
        assert "cannot be written (" in line
        assert "No space left on device" in line
        assert line.endswith("; free some of the disk, or choose another folder")


@pytest.mark.parametrize("kind", WRITERS)
def test_a_file_too_large_for_its_owner_is_one_line(tmp_path, kind):
    """The system's own limit, as a quota is; nothing here is pretended."""
    old = whole_files.write_text(tmp_path / "file", "old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises(RunError, match=r"cannot be written \(.*\); raise the limit on the size") as error:
            WRITERS[kind](old, 1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "\n" not in str(error.value)
    assert old.read_text() == "old"
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("kind", WRITERS)
def test_a_folder_that_cannot_be_is_one_line(tmp_path, kind):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match=r"cannot be written \(.*\); choose a folder you can write to$") as error:
        WRITERS[kind](tmp_path / "file" / "below" / "x", 0)
    assert "\n" not in str(error.value)


def test_an_error_of_the_writer_leaves_what_was_there(tmp_path):
    path = whole_files.write_text(tmp_path / "file", "old")

    def write(at):
        at.write_text("new")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), whole_files.draft_of(path) as draft:
        write(draft)
    assert (path.read_text(), names(tmp_path)) == ("old", ["file"])


def test_durable_is_forced_to_the_disk_before_and_after_it_is_renamed(tmp_path, monkeypatch):
    seen = []

    def fsync(descriptor):
        kind = "folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file"  # noqa: PTH112
        seen.append((kind, names(tmp_path)))

    monkeypatch.setattr(os, "fsync", fsync)
    whole_files.write_text(tmp_path / "a", "1", durable=False)
    assert seen == []
    whole_files.write_text(tmp_path / "a", "2")
    (first, draft), (second, after) = seen
    assert (first, len(draft), second, after) == ("file", 2, "folder", ["a"])


WRITING = {"write_text", "write_bytes", "to_csv", "save_file", "touch", "rename"}
OF_ITS_OWN = {"fedser/whole_files.py", "simulations/engines/flower"}
"""Flower's processes have a temporary folder to themselves, which is written before they start."""


def written_by_hand(tree):
    """Lines that write a file other than through this module: not to its draft, nor to memory."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        on, name = ast.unparse(node.func.value), node.func.attr
        replaces = name == "replace" and len(node.args) == 1 and not node.keywords  # of text there are two
        if ((name in WRITING and node.args) or replaces) and on not in {"draft", "whole_files", "self"}:
            first = ast.unparse(node.args[0])
            if first not in {"draft", "file", "whole"}:
                yield node.lineno


def test_nothing_else_writes_files_by_hand():
    found = []
    for package in ("fedser", "clients", "simulations"):
        for file in sorted((ROOT / package).rglob("*.py")):
            name = str(file.relative_to(ROOT))
            if not any(name.startswith(own) for own in OF_ITS_OWN):
                found += [f"{name}:{line}" for line in written_by_hand(ast.parse(file.read_text()))]
    assert found == []
