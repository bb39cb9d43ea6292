"""A table as a frame, and as a notebook shows it."""

import pandas as pd

from fedser.results.table import Group, Score, Table

TABLE = Table(
    key="2a",
    title="Activation",
    caption="On <every> environment.",
    groups=(Group("", 1), Group("CCC", 2)),
    header=("arm", "home", "office"),
    blocks=(
        (("Finetuning", Score(0.5, 0.25), Score(None)),),
        (("GEM", Score(0.75, None, "*", best=True), Score(0.1, 0.2, unseen=True)),),
    ),
    notes=("Bold: best.",),
)


def test_a_frame_holds_the_cells_as_text():
    frame = TABLE.frame
    assert frame.columns.tolist() == [("", "arm"), ("CCC", "home"), ("CCC", "office")]
    assert frame.to_numpy().tolist() == [
        ["Finetuning", ".500 ± .250", "–"],
        ["GEM", "**.750***", "(.100 ± .200)"],
    ]
    plain = Table("1", "Plain", "", (), ("a", "b"), ((("x", "y"),),), ())
    pd.testing.assert_frame_equal(plain.frame, pd.DataFrame([["x", "y"]], columns=["a", "b"]))


def test_it_is_printed_with_its_heading_and_notes():
    lines = str(TABLE).splitlines()
    assert (lines[0], lines[-2], lines[-1]) == ("Table 2a. Activation", "On <every> environment.", "Bold: best.")
    assert "**.750***" in str(TABLE)


def test_a_notebook_shows_text_as_text():
    html = TABLE._repr_html_()
    assert html.startswith("<b>Table 2a. Activation</b><table")
    assert "<p>On &lt;every&gt; environment.</p><p>Bold: best.</p>" in html
