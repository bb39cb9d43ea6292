import pytest

from fedser.corpora.delimited import read_delimited
from fedser.errors import CorpusError


def test_rows_know_their_line_past_blank_lines_and_cells_of_several_lines(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('x,y\n\n1,"two\nlines"\n,\n3, 4 \n')

    table = read_delimited(path)

    assert table.columns == ["x", "y"]
    assert table.cells.to_numpy().tolist() == [["1", "two\nlines"], ["3", "4"]]
    assert table.lines == [4, 6]


def test_quotes_are_text_where_nothing_is_quoted(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text('x\ty\n"a" b\t"c\n')

    assert read_delimited(path, delimiter="\t", quoted=False).cells.to_numpy().tolist() == [['"a" b', '"c']]


def test_what_looks_like_nothing_stays_text(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,y\nnan,NA\nNone,007\n")

    assert read_delimited(path).cells.to_numpy().tolist() == [["nan", "NA"], ["None", "007"]]


def test_the_wrong_number_of_cells_names_the_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,2\n\n3\n")

    with pytest.raises(CorpusError, match=r"a\.csv, line 4: 1 values, but the header has 2 columns"):
        read_delimited(path)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_a_byte_order_mark_change_nothing(tmp_path, end, mark):
    path = tmp_path / "a.csv"
    path.write_bytes(mark + f"x,y{end}1,2\r\n3,4\n5,6{end}".encode())

    table = read_delimited(path)

    assert table.columns == ["x", "y"]
    assert table.cells.to_numpy().tolist() == [["1", "2"], ["3", "4"], ["5", "6"]]


@pytest.mark.parametrize(
    ("content", "delimiter", "said"),
    [
        (b"x;y\n1;2\n", ",", "separated by semicolons; save it with commas"),
        (b"x\ty\n1\t2\n", ",", "separated by tabs; save it with commas"),
        (b"x|y\n1|2\n", ",", "separated by vertical bars; save it with commas"),
        (b"x,y\n1,2\n", "\t", "separated by commas; save it with tabs"),
        (b"sep=;\nx;y\n1;2\n", ",", "separated by semicolons; save it with commas"),
        (b"sep=\nx\n1\n", ",", 'the first line is "sep=", not the names of the columns; remove it'),
        ("x,y\n1,2\n".encode("utf-16"), ",", "is text in UTF-16; save it as UTF-8"),
        ("x,y\n1,ä\n".encode("latin-1"), ",", r"line 2 has the byte 0xe4\); save it as UTF-8"),
    ],
)
def test_other_delimiters_and_encodings_are_named(tmp_path, content, delimiter, said):
    (tmp_path / "a.csv").write_bytes(content)

    with pytest.raises(CorpusError, match=said):
        read_delimited(tmp_path / "a.csv", delimiter)


def test_one_column_needs_no_delimiter(tmp_path):
    (tmp_path / "a.csv").write_text("x\n1;2\n")

    assert read_delimited(tmp_path / "a.csv").cells.to_numpy().tolist() == [["1;2"]]


def test_cells_are_in_one_normal_form(tmp_path):
    (tmp_path / "a.csv").write_text("cafe\u0301,y\nZoe\u0308,2\n", encoding="utf-8")

    assert read_delimited(tmp_path / "a.csv").cells.to_dict("list") == {"caf\u00e9": ["Zo\u00eb"], "y": ["2"]}
