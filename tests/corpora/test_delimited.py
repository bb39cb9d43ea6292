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
