import os
import sqlite3
from contextlib import closing
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


@pytest.fixture
def settled(monkeypatch):
    """Writes a file of which the digest is remembered at once, although it was changed just now."""
    monkeypatch.setattr(digests, "SETTLED_S", -1.0)

    def write(path, content):
        path.write_bytes(content)
        return path

    return write


def in_place(path, content):
    """As an editor does."""
    path.write_bytes(content)


def by_another(path, content):
    """As rsync and unzip do."""
    path.with_name("new").write_bytes(content)
    path.with_name("new").replace(path)


def by_an_older(path, content):
    """As somebody does who puts a copy back that was made before the digest was taken."""
    path.with_name("older").replace(path)
    assert path.read_bytes() == content


def test_the_content_counts_not_the_name(tmp_path, settled):
    store = FileDigests(tmp_path / "digests.sqlite")
    one, twin, other = (settled(tmp_path / name, text) for name, text in (("a", b"x"), ("b", b"x"), ("c", b"y")))
    found = store.identify([one, twin, other])
    assert all(isinstance(file, AudioFile) for file in found)
    assert found[0].digest == found[1].digest != found[2].digest
    assert len(found[0].digest) == 20
    assert found[0].digest == of_text("x")


def test_a_second_run_reads_nothing(tmp_path, reads, settled):
    path = settled(tmp_path / "a", b"x")
    first = FileDigests(tmp_path / "digests.sqlite").identify([path])
    assert reads == [path]
    assert FileDigests(tmp_path / "digests.sqlite").identify([path]) == first
    assert reads == [path]


@pytest.mark.parametrize("replace", [in_place, by_another, by_an_older])
@pytest.mark.parametrize("size", [1, 2])
def test_a_changed_file_is_read_again_although_its_time_is_kept(tmp_path, reads, settled, replace, size):
    store = FileDigests(tmp_path / "digests.sqlite")
    content = b"y" * size
    older = settled(tmp_path / "older", content)
    path = settled(tmp_path / "a", b"x")
    os.utime(path, ns=(10**18, 10**18))
    os.utime(older, ns=(10**18, 10**18))
    [before] = store.identify([path])
    assert store.identify([path]) == [before]

    replace(path, content)
    os.utime(path, ns=(10**18, 10**18))
    [after] = store.identify([path])

    assert after.stamp.mtime_ns == before.stamp.mtime_ns
    assert after.digest == of_text(content.decode()) != before.digest
    assert reads == [path, path]
    assert store.identify([path]) == [after]
    assert reads == [path, path]


def test_a_link_that_leads_elsewhere_is_read_again(tmp_path, settled):
    store = FileDigests(tmp_path / "digests.sqlite")
    for name in "xy":
        os.utime(settled(tmp_path / name, name.encode()), ns=(10**18, 10**18))
    link = tmp_path / "link"
    link.symlink_to("x")
    [before] = store.identify([link])
    link.unlink()
    link.symlink_to("y")
    assert store.identify([link])[0].digest == of_text("y") != before.digest


@pytest.mark.parametrize("age_s", [0, 60])
def test_a_file_changed_just_now_is_not_trusted_whatever_its_time_says(tmp_path, reads, age_s):
    """It might change again within the same tick of the file system's clock, at the same size."""
    store = FileDigests(tmp_path / "digests.sqlite")
    path = tmp_path / "a"
    path.write_bytes(b"x")
    changed = path.stat().st_mtime - age_s
    os.utime(path, (changed, changed))
    store.identify([path])
    store.identify([path])
    assert reads == [path, path]


def test_where_changes_are_not_stamped_nothing_is_remembered(tmp_path, reads, settled, monkeypatch):
    monkeypatch.setattr(digests, "CHANGES_ARE_STAMPED", False)
    store = FileDigests(tmp_path / "digests.sqlite")
    path = settled(tmp_path / "a", b"x")
    assert store.identify([path]) == store.identify([path])
    assert reads == [path, path]


def test_what_went_by_size_and_time_alone_is_forgotten(tmp_path, settled):
    path = settled(tmp_path / "a", b"x")
    with closing(sqlite3.connect(tmp_path / "digests.sqlite")) as old:
        old.execute("CREATE TABLE files (path TEXT PRIMARY KEY, size INTEGER, mtime_ns INTEGER, digest BLOB)")
        old.execute("INSERT INTO files VALUES (?, ?, ?, ?)", (str(path), 1, path.stat().st_mtime_ns, b"stale"))
        old.commit()
    assert FileDigests(tmp_path / "digests.sqlite").identify([path])[0].digest == of_text("x")


def test_a_name_need_not_be_text(tmp_path, reads, settled):
    store = FileDigests(tmp_path / "digests.sqlite")
    path = settled(tmp_path / os.fsdecode(b"caf\xe9"), b"x")
    assert store.identify([path]) == store.identify([path])
    assert reads == [path]


def test_inodes_beyond_what_sqlite_holds():
    assert digests.Stamp(1, 2, 3, (1 << 64) - 1, 1 << 63).row() == (1, 2, 3, -1, -(1 << 63))


def test_reasons_for_what_cannot_be_read(tmp_path):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    good = tmp_path / "good"
    good.write_bytes(b"x")
    *bad, fine = FileDigests(tmp_path / "digests.sqlite").identify(
        [tmp_path / "missing", tmp_path / "folder", tmp_path / "pipe", good]
    )
    assert bad == ["no such file", "a folder, not an audio file", "a named pipe, not a file"]
    assert fine.path == Path(good)
