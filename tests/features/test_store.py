import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedser.errors import FeatureError
from fedser.features import FeatureStore
from fedser.features.store import Shelf


def encoder(dimension=3, **options):
    return SimpleNamespace(name="toy", dimension=dimension, settings=options)


def vector(number, dimension=3):
    return np.full((1, dimension), number, dtype=np.float32)


def key(number):
    return number.to_bytes(20, "big")


def only(folder, name):
    [file] = folder.glob(f"toy-*/{name}")
    return file


def test_what_is_kept_is_found_again(tmp_path):
    shelf = FeatureStore(tmp_path).shelf(encoder())
    kept = shelf.append([key(1), key(2)], np.array([[1, 2, 3], [4, 5, 6]], dtype=np.float32), [1.5, 2.5])
    again = FeatureStore(tmp_path).shelf(encoder())
    assert again.find([key(2), key(1), key(3)]) == kept
    assert (kept[key(2)].row, kept[key(2)].seconds) == (1, 2.5)
    matrix = again.matrix()
    assert isinstance(matrix, np.memmap)
    assert matrix.tolist() == [[1, 2, 3], [4, 5, 6]]
    with pytest.raises(ValueError, match="read-only"):
        matrix[0] = 0


def test_encoder_and_settings_have_shelves_of_their_own(tmp_path):
    store = FeatureStore(tmp_path)
    store.shelf(encoder(layer=1)).append([key(1)], vector(1), [0])
    for other in (encoder(layer=2), encoder(), encoder(dimension=4, layer=1)):
        assert store.shelf(other).find([key(1)]) == {}
    assert set(store.shelf(encoder(layer=1)).find([key(1)])) == {key(1)}
    described = [json.loads(file.read_text()) for file in tmp_path.glob("toy-*/settings.json")]
    assert {"encoder": "toy", "dimension": 3, "settings": {"layer": 2}} in described
    assert len(described) == 4


def test_a_content_is_kept_once(tmp_path):
    shelf = FeatureStore(tmp_path).shelf(encoder())
    shelf.append([key(1)], vector(1), [1])
    kept = shelf.append([key(2), key(1)], np.concatenate([vector(2), vector(9)]), [1, 1])
    assert {digest: stored.row for digest, stored in kept.items()} == {key(1): 0, key(2): 1}
    assert shelf.matrix()[:, 0].tolist() == [1, 2]


def test_an_empty_shelf_and_vectors_of_length_0(tmp_path):
    assert FeatureStore(tmp_path).shelf(encoder()).matrix().shape == (0, 3)
    shelf = FeatureStore(tmp_path).shelf(encoder(dimension=0))
    shelf.append([key(1), key(2)], np.empty((2, 0), dtype=np.float32), [0, 0])
    assert shelf.matrix().shape == (2, 0)


def test_shapes_must_agree(tmp_path):
    shelf = FeatureStore(tmp_path).shelf(encoder())
    with pytest.raises(ValueError, match="1 digests"):
        shelf.append([key(1)], vector(1, dimension=2), [0])
    with pytest.raises(ValueError, match="2 durations"):
        shelf.append([key(1)], vector(1), [0, 0])


class KilledError(BaseException):
    """Stands for the end of the process at this point."""


STEPS = st.lists(
    st.tuples(
        st.lists(st.integers(0, 30), min_size=1, max_size=4, unique=True),
        st.sampled_from(["whole", "before the vectors", "in the vectors", "before the commit"]),
    ),
    max_size=8,
)


@settings(max_examples=25)
@given(STEPS)
def test_a_kill_at_any_point_loses_that_chunk_only(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("store")
    model: dict[bytes, int] = {}
    honest = Shelf._write

    for numbers, fate in steps:

        def write(self, rows, vectors, fate=fate):
            if fate == "whole":
                honest(self, rows, vectors)
                return
            if fate != "before the vectors":
                honest(self, rows, vectors)
            if fate == "in the vectors":
                size = self._vectors.stat().st_size
                with self._vectors.open("r+b") as file:
                    file.truncate(max(rows * 12, size - 7))
            raise KilledError

        shelf = FeatureStore(folder).shelf(encoder())
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Shelf, "_write", write)
            try:
                shelf.append([key(n) for n in numbers], np.concatenate([vector(n) for n in numbers]), numbers)
            except KilledError:
                assert fate != "whole"
            else:
                model |= {key(n): n for n in numbers}

        shelf = FeatureStore(folder).shelf(encoder())
        found, matrix = shelf.find([key(n) for n in range(31)]), shelf.matrix()
        assert set(found) == set(model)
        assert sorted(stored.row for stored in found.values()) == list(range(len(model)))
        for digest, stored in found.items():
            assert matrix[stored.row].tolist() == [model[digest]] * 3
            assert stored.seconds == model[digest]


def test_a_torn_tail_is_overwritten(tmp_path):
    shelf = FeatureStore(tmp_path).shelf(encoder())
    shelf.append([key(1)], vector(1), [0])
    with only(tmp_path, "vectors.f32").open("ab") as file:
        file.write(b"\xff" * 29)
    FeatureStore(tmp_path).shelf(encoder()).append([key(2)], vector(2), [0])
    assert shelf.matrix()[:, 0].tolist() == [1, 2]


def shorten(folder):
    file = only(folder, "vectors.f32")
    with file.open("r+b") as vectors:
        vectors.truncate(file.stat().st_size - 1)


def remove_vectors(folder):
    only(folder, "vectors.f32").unlink()


def scribble_over_index(folder):
    only(folder, "index.sqlite").write_bytes(b"no database " * 100)


def scribble_inside_index(folder):
    with only(folder, "index.sqlite").open("r+b") as index:
        index.seek(4096)
        index.write(b"\xa5" * 8192)


@pytest.mark.parametrize("harm", [shorten, remove_vectors, scribble_over_index, scribble_inside_index])
def test_a_damaged_store_says_what_to_delete(tmp_path, harm):
    shelf = FeatureStore(tmp_path).shelf(encoder())
    shelf.append([key(1), key(2)], np.concatenate([vector(1), vector(2)]), [0, 0])
    harm(tmp_path)
    shelf_folder = rf"{tmp_path}/toy-\w+"
    message = rf"^feature store: {shelf_folder}/[\w.]+ is damaged \([^\n]+\): delete {shelf_folder} and extract"
    with pytest.raises(FeatureError, match=message):
        FeatureStore(tmp_path).shelf(encoder()).find([key(1)])
    shutil.rmtree(only(tmp_path, "index.sqlite").parent)
    assert FeatureStore(tmp_path).shelf(encoder()).find([key(1)]) == {}


def flip(folder):
    with only(folder, "vectors.f32").open("r+b") as file:
        file.seek(17)
        byte = file.read(1)[0]
        file.seek(17)
        file.write(bytes([byte ^ 8]))


def swap(folder):
    vectors = np.fromfile(only(folder, "vectors.f32"), dtype="<f4").reshape(-1, 3)
    vectors[[1, 2]] = vectors[[2, 1]]
    vectors.tofile(only(folder, "vectors.f32"))


def swap_in_index(folder):
    with closing(sqlite3.connect(only(folder, "index.sqlite"))) as index, index:
        index.execute("UPDATE vectors SET row = -1 WHERE row = 1")
        index.execute("UPDATE vectors SET row = 1 WHERE row = 2")
        index.execute("UPDATE vectors SET row = 2 WHERE row = -1")


def take_another_shelfs(folder):
    other = FeatureStore(folder.with_name("other")).shelf(encoder(layer=1))
    other.append([key(1), key(2), key(3)], np.concatenate([vector(7), vector(8), vector(9)]), [0, 0, 0])
    for name in ("vectors.f32", "index.sqlite"):
        shutil.copy(only(folder.with_name("other"), name), only(folder, name))


def three_vectors(folder):
    shelf = FeatureStore(folder).shelf(encoder())
    shelf.append([key(1), key(2), key(3)], np.concatenate([vector(1), vector(2), vector(3)]), [0, 0, 0])
    return shelf


ALL = np.array([2, -1, 1, 0, 1])


@pytest.mark.parametrize("harm", [flip, swap, swap_in_index, take_another_shelfs])
def test_a_row_that_is_not_what_was_written_is_never_used(tmp_path, harm):
    assert three_vectors(tmp_path / "store").verified(ALL)[:, 0].tolist() == [1, 2, 3]
    harm(tmp_path / "store")
    shelf = FeatureStore(tmp_path / "store").shelf(encoder())
    folder = rf"{tmp_path}/store/toy-\w+"
    with pytest.raises(
        FeatureError,
        match=rf"^feature store: {folder}/vectors.f32 is damaged \(\d of its rows [^\n]*: delete {folder} and",
    ):
        shelf.verified(ALL)


def test_rows_that_nobody_asks_for_are_not_looked_at(tmp_path):
    three_vectors(tmp_path)
    flip(tmp_path)  # row 1
    assert FeatureStore(tmp_path).shelf(encoder()).verified(np.array([0, 2]))[[0, 2], 0].tolist() == [1, 3]


def test_rows_without_a_checksum_get_it_when_they_are_first_used(tmp_path):
    """As a store of an earlier version has them: it stays valid, and is watched from then on."""
    three_vectors(tmp_path)
    with closing(sqlite3.connect(only(tmp_path, "index.sqlite"))) as index, index:
        index.execute("DROP TABLE checksums")
    assert FeatureStore(tmp_path).shelf(encoder()).verified(ALL)[:, 0].tolist() == [1, 2, 3]
    flip(tmp_path)
    with pytest.raises(FeatureError, match=r"1 of its rows are not what was written, row 1 the first"):
        FeatureStore(tmp_path).shelf(encoder()).verified(ALL)


def test_a_damaged_digest_cache_says_what_to_delete(tmp_path):
    FeatureStore(tmp_path)
    (tmp_path / "digests.sqlite").write_bytes(b"no database " * 100)
    with pytest.raises(
        FeatureError,
        match=r"^feature store: (\S+/digests\.sqlite) is damaged [^\n]*: delete \1 and extract again$",
    ):
        FeatureStore(tmp_path)


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(
        FeatureError,
        match=r"^feature store: cannot make the folder [^\n]*; name another cache folder in FEDSER_CACHE",
    ):
        FeatureStore(tmp_path / "file" / "store")


def test_a_folder_that_cannot_be_used(tmp_path):
    (tmp_path / "digests.sqlite").mkdir()
    with pytest.raises(FeatureError, match=r"^feature store: cannot use \S+/digests\.sqlite [^\n]*FEDSER_CACHE"):
        FeatureStore(tmp_path)


def test_a_full_disk_is_one_line_and_changes_nothing(tmp_path, monkeypatch):
    import os

    shelf = FeatureStore(tmp_path).shelf(encoder())
    shelf.append([key(1)], vector(1), [0])

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FeatureError, match=r"^feature store: cannot write [^\n]*No space left[^\n]*free the disk"):
        shelf.append([key(2)], vector(2), [0])
    monkeypatch.undo()
    assert set(shelf.find([key(1), key(2)])) == {key(1)}
    assert shelf.matrix()[:, 0].tolist() == [1]


def test_a_reader_is_not_stopped_by_a_writer(tmp_path):
    shelf = FeatureStore(tmp_path).shelf(encoder())
    shelf.append([key(1)], vector(1), [0])
    writer = sqlite3.connect(only(tmp_path, "index.sqlite"), isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    try:
        assert shelf.matrix().tolist() == [[1, 1, 1]]
        assert set(shelf.find([key(1)])) == {key(1)}
    finally:
        writer.close()


def test_a_relative_folder_stays_where_it_was(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert FeatureStore(Path("store")).folder == tmp_path / "store"
