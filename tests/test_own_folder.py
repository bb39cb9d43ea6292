import pytest

from fedser.errors import RunError
from fedser.own_folder import claim_folder
from fedser.whole_files import draft_of


def ours(path):
    return path.name.startswith("ours")


def test_new_empty_and_own_folders_are_claimed(tmp_path):
    claim_folder(tmp_path / "a" / "b", "things", ours)
    claim_folder(tmp_path / "a" / "b", "things", ours)
    (tmp_path / "a" / "b" / "ours.txt").write_text("old")
    claim_folder(tmp_path / "a" / "b", "things", ours)

    assert (tmp_path / "a" / "b" / "ours.txt").read_text() == "old"


def test_what_a_killed_writer_left_is_no_stranger(tmp_path):
    with draft_of(tmp_path / "ours.txt", durable=False) as draft:
        draft.write_text("half")
        claim_folder(tmp_path, "things", ours)


def test_a_folder_with_anything_else_is_refused_and_left_as_it_is(tmp_path):
    for name in ("ours.txt", "z.txt", "notes.md"):
        (tmp_path / name).write_text(name)

    with pytest.raises(
        RunError, match=r"holds notes\.md, which is no part of things; choose a new or empty folder"
    ):
        claim_folder(tmp_path, "things", ours)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        name: name for name in ("ours.txt", "z.txt", "notes.md")
    }


def test_a_file_in_the_way_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")

    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(RunError, match="give another folder"):
            claim_folder(folder, "things", ours)
