import os
from pathlib import Path

import pytest

from fedser.features import digests
from fedser.features.digests import AudioFile, FileDigests, of_text


@pytest.fixture
def reads(monkeypatch):
    """The files whose bytes were read."""
    seen = []
    honest = digests.of_file

    def counting(path):
        seen.append(path)
        return honest(path)

    monkeypatch.setattr(digests, "of_file", counting)
    return seen


def settled(path, content, age_s=60):
    """Write a file that was last changed a while ago."""
    path.write_bytes(content)
    changed = path.stat().st_mtime - age_s
    os.utime(path, (changed, changed))
    return path


def test_the_content_counts_not_the_name(tmp_path):
    store = FileDigests(tmp_path / "digests.sqlite")
    one, twin, other = (settled(tmp_path / name, text) for name, text in (("a", b"x"), ("b", b"x"), ("c", b"y")))
    found = store.identify([one, twin, other])
    assert all(isinstance(file, AudioFile) for file in found)
    assert found[0].digest == found[1].digest != found[2].digest
    assert len(found[0].digest) == 20
    assert found[0].digest == of_text("x")


def test_a_second_run_reads_nothing(tmp_path, reads):
    path = settled(tmp_path / "a", b"x")
    first = FileDigests(tmp_path / "digests.sqlite").identify([path])
    assert reads == [path]
    assert FileDigests(tmp_path / "digests.sqlite").identify([path]) == first
    assert reads == [path]


@pytest.mark.parametrize("change", ["size", "time"])
def test_a_changed_file_is_read_again(tmp_path, reads, change):
    store = FileDigests(tmp_path / "digests.sqlite")
    path = settled(tmp_path / "a", b"x")
    [before] = store.identify([path])
    settled(path, b"xx" if change == "size" else b"y", age_s=60 if change == "size" else 30)
    [after] = store.identify([path])
    assert after.digest != before.digest
    assert reads == [path, path]
    assert store.identify([path]) == [after]
    assert reads == [path, path]


def test_a_file_changed_just_now_is_not_trusted(tmp_path, reads):
    """It might change again within the same tick of the file system's clock, at the same size."""
    store = FileDigests(tmp_path / "digests.sqlite")
    path = settled(tmp_path / "a", b"x", age_s=0)
    stamp = path.stat().st_mtime_ns
    [before] = store.identify([path])
    path.write_bytes(b"y")
    os.utime(path, ns=(stamp, stamp))
    [after] = store.identify([path])
    assert after.digest != before.digest


def test_reasons_for_what_cannot_be_read(tmp_path):
    (tmp_path / "folder").mkdir()
    good = settled(tmp_path / "good", b"x")
    missing, folder, fine = FileDigests(tmp_path / "digests.sqlite").identify(
        [tmp_path / "missing", tmp_path / "folder", good]
    )
    assert missing == "no such file"
    assert folder == "cannot be read (Is a directory)"
    assert fine.path == Path(good)
