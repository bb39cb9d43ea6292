import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.results import files
from fedser.results.cells import FINITE, WORD
from fedser.results.sheet_cells import guarded, unguarded

FORMULAS = ['=HYPERLINK("x")', "+1", "-1", "@SUM(1)", "\t=1"]


@given(st.text(alphabet="'=+-@\t\rab1", max_size=8) | st.text())
def test_every_word_is_read_as_it_was_and_none_begins_as_a_formula(word):
    assert unguarded(guarded(word)) == word
    assert not guarded(word).startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("word", ["home", "café", "1", "NA", "", "a=b", "'tis"])
def test_other_words_stand_as_they_are(word):
    assert guarded(word) == word


def test_files_are_safe_in_a_spreadsheet_and_read_without_loss(tmp_path):
    schema = {"a.csv": {"environment": WORD, "value": FINITE}}
    frame = pd.DataFrame({"environment": [*FORMULAS, "home"], "value": [-0.25 * k for k in range(6)]})

    path = files.write(tmp_path, "a.csv", frame, schema)

    text = path.read_bytes().decode()
    assert "\n'=HYPERLINK" in text.replace('"', "")
    assert "\n'-1,-0.5\n" in text
    assert "\nhome,-1.25\n" in text
    pd.testing.assert_frame_equal(files.read(tmp_path, "a.csv", schema), frame)
