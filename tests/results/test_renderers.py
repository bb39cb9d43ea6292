"""Tables as text, Markdown and LaTeX: golden small ones, and what must hold for all."""

import re
from dataclasses import replace

import pytest

from fedser.errors import RunError
from fedser.results import write_tables
from fedser.results.arms import EXPER_RANDOM, FINETUNING, Arm
from fedser.results.one_device import all_tables, read_run
from fedser.results.renderers import latex, markdown, text
from fedser.results.table import Group, Score, Table, plain
from fedser.results.table_notes import gathered
from tests.results.rehearsal import write_run

TABLE = Table(
    key="2a",
    title="A_title",
    caption="What it is.",
    groups=(Group("", 2), Group("CCC", 2)),
    header=("after", "arm", "P", "M & co"),
    blocks=(
        (("P", "all arms", Score(0.6041, 0.0214), Score(-0.1, 0.25, unseen=True)),),
        (
            ("P+M", "Finetuning", Score(0.4, 0.1), Score(0.5, 0.02)),
            ("", "GEM_r", Score(0.55, 0.013, "*", best=True), Score(0.48, None, "†")),
            ("", "Joint", Score(None), "50 %"),
        ),
    ),
    notes=("*: better.",),
    text_columns=2,
)


AS_MARKDOWN = r"""### Table 2a. A\_title

What it is.

| after | arm | CCC · P | CCC · M \& co |
| :-- | :-- | --: | --: |
| P | all arms | .604 ± .021 | (−.100 ± .250) |
| P+M | Finetuning | .400 ± .100 | .500 ± .020 |
|  | GEM\_r | **.550** ± .013\* | .480† |
|  | Joint | – | 50 % |
"""

AS_LATEX = r"""\begin{table*}
\centering\footnotesize
\caption{A\_title. What it is. $^{*}$: better.}\label{tab:2a}
\smallskip\setlength{\tabcolsep}{4pt}
\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%
\begin{tabular}{llrr}
\toprule
\multicolumn{2}{c}{} & \multicolumn{2}{c}{CCC} \\
\cmidrule(lr){3-4}
after & arm & P & M \& co \\
\midrule
P & all arms & .604 $\pm$ .021 & \cellcolor[gray]{0.9}$-$.100 $\pm$ .250 \\
\midrule
P+M & Finetuning & .400 $\pm$ .100 & .500 $\pm$ .020 \\
 & GEM\_r & \textbf{.550} $\pm$ .013$^{*}$ & .480$^{\dagger}$ \\
 & Joint & -- & 50 \% \\
\bottomrule
\end{tabular}}
\end{table*}
"""


def test_markdown():
    assert markdown.render(TABLE) == AS_MARKDOWN


def test_latex():
    assert latex.render(TABLE) == AS_LATEX


def test_text():
    lines = text.render(TABLE).splitlines()
    assert lines[0] == "Table 2a. A_title"
    assert [line.split() for line in lines[4:5]] == [["after", "arm", "P", "M", "&", "co"]]
    assert [" ".join(line.split()) for line in lines[6:12]] == [
        "P all arms .604 ± .021 (−.100 ± .250)",
        lines[7].strip(),
        "P+M Finetuning .400 ± .100 .500 ± .020",
        "GEM_r **.550** ± .013* .480†",
        "Joint – 50 %",
        lines[11].strip(),
    ]
    assert set(lines[5]) == set(lines[7]) == set(lines[11]) == {"─"}
    assert lines[12:] == ["What it is."]


def test_notes_in_every_format():
    notes = ["Table 2a. *: better.", "mapped labels"]
    assert text.render_notes(notes) == "Notes\n- Table 2a. *: better.\n- mapped labels\n"
    assert markdown.render_notes(notes) == "### Notes\n\n- Table 2a. \\*: better.\n- mapped labels\n"
    assert latex.render_notes(notes[1:]) == "\\noindent{\\footnotesize mapped labels.}\n"
    assert text.render_notes([]) == markdown.render_notes([]) == latex.render_notes([]) == ""


def test_text_lines_up():
    """The ± of a column stand below one another, and so do the points of the means."""
    lines = text.render(TABLE).splitlines()[6:11]
    scores = [line for line in lines if "±" in line]
    assert [line.count("±") for line in scores] == [2, 2, 1], "one seed has no deviation"
    assert len({line.index("±") for line in scores}) == 1
    assert len({line.rindex("±") for line in scores[:2]}) == 1
    assert len({line.index(".") for line in scores}) == 1


@pytest.fixture(scope="module")
def odd_run(tmp_path_factory):
    names = ['a_b & <c> $x^2$ "q" | 100 %', "교실", "NA", "{}~\\*+[1]"]
    arms = [FINETUNING, EXPER_RANDOM, Arm("gem", "random"), Arm("exper", "length")]
    return read_run(write_run(tmp_path_factory.mktemp("odd") / "run", environments=names, seeds=[0, 1], arms=arms))


@pytest.fixture(scope="module")
def tables(run):
    return all_tables(run)


@pytest.fixture(scope="module")
def odd_tables(odd_run):
    return all_tables(odd_run)


def test_wide_letters_count_double():
    assert text.display_width("교실") == 4
    assert text.display_width("café") == 4
    assert text.display_width("cafe\u0301") == 4


def test_no_line_of_a_grid_is_longer_than_its_rules(tables, odd_tables):
    for table in (*tables, *odd_tables):
        lines = text.render(table).splitlines()
        grid = lines[2 : len(lines) - next(k for k, line in enumerate(lines[::-1]) if set(line) == {"─"})]
        width = text.display_width(grid[-1])
        assert max(text.display_width(line) for line in grid) == width


@pytest.mark.parametrize("width", [80, 100, 60])
def test_no_line_on_a_terminal_is_wider_than_it(tables, odd_tables, width):
    """Whatever the environments are called; every number is there, once."""
    for table in (*tables, *odd_tables):
        on_terminal = text.render(table, width, text.BOLD)
        assert max(map(text.display_width, on_terminal.splitlines())) <= width
        assert "**" not in on_terminal
        counted = [re.findall(r"±|[−\d.]*\.\d+", shown) for shown in (text.render(table), on_terminal)]
        assert sorted(counted[0]) == sorted(counted[1])


def test_the_best_is_bold_on_a_terminal_and_takes_no_room_for_it():
    on_terminal = text.render(TABLE, 80, text.BOLD)
    assert "\x1b[1m.550\x1b[22m ± .013*" in on_terminal
    assert text.display_width("\x1b[1m.550\x1b[22m") == 4
    lines = [line for line in on_terminal.splitlines() if "±" in line]
    assert len({text.display_width(line[: line.index("±")]) for line in lines}) == 1


def test_names_too_long_for_a_terminal_are_cut_and_said_to_be():
    place = "the large hall of the old station with its very long echo"
    table = replace(TABLE, blocks=((("P", place, Score(0.6, 0.02), Score(0.5, 0.1)),),))
    narrow = text.render(table, 60)
    assert "the large hall" in narrow
    assert place not in narrow
    assert " ".join(narrow.split()).endswith(text.CUT)
    assert text.CUT not in text.render(table, 120)
    assert place in text.render(table, 120)


def test_a_narrow_terminal_gets_the_groups_one_below_another(tables):
    table = next(table for table in tables if table.key == "2a")
    wide, narrow = text.render(table), text.render(table, width=100)
    assert max(map(text.display_width, wide.splitlines())) > 110
    assert max(map(text.display_width, narrow.splitlines())) <= 100
    assert text.render(table, width=200) == wide
    assert narrow.count("Finetuning") == 3 * wide.count("Finetuning"), "once for each environment"
    numbers = re.findall(r"\.\d{3}", wide)
    assert sorted(re.findall(r"\.\d{3}", narrow)) == sorted(numbers)


def test_markdown_rows_have_the_same_number_of_cells(tables, odd_tables):
    for table in (*tables, *odd_tables):
        lines = [line for line in markdown.render(table).splitlines() if line.startswith("| ")]
        assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {len(table.header) + 1}
        assert len(lines) == 2 + sum(1 for _ in table.rows())


def test_latex_is_balanced_and_rows_have_the_same_number_of_cells(tables, odd_tables):
    for table in (*tables, *odd_tables):
        source = latex.render(table)
        bare = re.sub(r"\\[\\{}&%$#_]", "", source)
        assert bare.count("{") == bare.count("}")
        assert bare.count("$") % 2 == 0
        assert not set("−±†↑↓–") & set(source)
        body = source.split(r"\midrule", 1)[1].split(r"\bottomrule")[0]
        rows = [line for line in body.splitlines() if line.endswith(r"\\")]
        assert len(rows) == sum(1 for _ in table.rows())
        assert {len(re.findall(r"(?<!\\)&", row)) for row in rows} == {len(table.header) - 1}


@pytest.mark.parametrize("letter", "\\{}&%$#_~^")
def test_latex_specials_never_stand_alone(letter):
    escaped = latex.escape(f"a{letter}b")
    assert escaped.startswith("a\\")
    assert escaped.endswith("b")
    assert escaped != f"a{letter}b"


def test_a_long_table_is_a_longtable(tables):
    sources = {table.key: latex.render(table) for table in tables}
    assert r"\begin{longtable}" in sources["6b"]
    assert r"\begin{table*}" in sources["2a"]


def test_every_score_reads_the_same_in_all_formats(tables):
    for table in tables:
        for row in table.rows():
            for cell in row:
                if isinstance(cell, Score) and cell.exists:
                    assert f"{cell.mean_text}" in plain(cell)
                    assert cell.spread_text in plain(cell)
                    assert ("**" in plain(cell)) == cell.best
                    assert plain(cell).startswith("(") == cell.unseen
                    assert plain(cell).endswith(cell.mark)


def test_files(run, tables, tmp_path):
    paths = write_tables(tmp_path, tables, run.notes)
    assert [path.name for path in paths] == ["tables.txt", "tables.md", "tables.tex"]
    first = [path.read_bytes() for path in paths]
    write_tables(tmp_path, tables, run.notes)
    assert [path.read_bytes() for path in paths] == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tables.md", "tables.tex", "tables.txt"]
    as_text, as_markdown, as_latex = (content.decode() for content in first)
    notes = gathered(tables, run.notes)
    assert as_text == "\n\n".join([*(text.render(table) for table in tables), text.render_notes(notes)])
    assert as_markdown.endswith("- synthetic: for trying out, not evidence\n")
    assert as_latex.count("synthetic: for trying out, not evidence") == 1
    assert [line[4:] for line in as_markdown.splitlines() if line.startswith("### ")] == [
        *(markdown.escape(table.heading) for table in tables),
        "Notes",
    ]
    assert re.findall(r"\\label\{tab:(\w+)\}", as_latex) == [table.key for table in tables]


def test_a_folder_that_cannot_be(run, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be written"):
        write_tables(tmp_path / "file" / "run", all_tables(run))
