import pytest

from fedser.corpora.texts import read_lines, read_text, read_words, text_files


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("naïve “x”".encode(), "naïve “x”"),
        (b"\xef\xbb\xbf" + "naïve".encode(), "naïve"),
        ("naïve “x”".encode("cp1252"), "naïve “x”"),
        ("naïve".encode("utf-16"), "naïve"),
        (b"\xff\xfea\0", "a"),
        (b"", ""),
        (b"\x81\xff", "\ufffdÿ"),
    ],
)
def test_encodings(raw, text, tmp_path):
    (tmp_path / "a.txt").write_bytes(raw)

    assert read_text(tmp_path / "a.txt") == text


def test_lines_have_their_numbers_whatever_ends_them(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\n one\r\n\r\ntwo\x0cstill two\rthree")

    assert read_lines(tmp_path / "a.txt") == [(2, "one"), (4, "two\x0cstill two"), (5, "three")]


def test_words_of_many_files(tmp_path):
    paths = {}
    for number in range(200):
        paths[f"u{number}"] = tmp_path / f"{number}.txt"
        paths[f"u{number}"].write_text(f" {number}\n\tis  it ")

    assert read_words(paths) == {f"u{number}": f"{number} is it" for number in range(200)}


def test_text_files_in_and_below_folders_but_not_their_shadows(tmp_path):
    for name in ("a/x.txt", "a/b/y.txt", "a/._x.txt", "c/x.txt", "a/z.wav"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    assert text_files(tmp_path / folder for folder in ("a", "c", "missing")) == {
        "x": tmp_path / "a" / "x.txt",
        "y": tmp_path / "a" / "b" / "y.txt",
    }
