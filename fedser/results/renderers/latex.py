"""Tables as LaTeX with booktabs; one too long for a page as a longtable."""

from collections.abc import Sequence

from fedser.results.table import Cell, Score, Table

LONG = 40
"""More rows than this do not fit on a page."""

GREY = r"\cellcolor[gray]{0.9}"
"""Below what was not learnt yet."""

PREAMBLE = r"""% Needs \usepackage{booktabs,graphicx,longtable,colortbl}; a longtable needs a page of one column.
% Names beyond Latin letters need XeLaTeX or LuaLaTeX.
"""

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"$<$",
    ">": r"$>$",
    "|": r"$|$",
    "`": r"\textasciigrave{}",
    '"': r"\textquotedbl{}",
    "[": "{[}",
    "]": "{]}",
    "−": r"$-$",
    "–": "--",
    "±": r"$\pm$",
    "†": r"$^{\dagger}$",
    "*": r"$^{*}$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "α": r"$\alpha$",
    "·": r"$\cdot$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
}


def render(table: Table) -> str:
    """Return a table as a LaTeX float (or longtable), ending with a line end."""
    columns = "l" * table.text_columns + "r" * (len(table.header) - table.text_columns)
    body = _body(table)
    sentences = (table.title, table.caption, *table.notes)
    caption = escape(" ".join(f"{sentence.removesuffix('.')}." for sentence in sentences))
    label = f"tab:{table.key}"
    if sum(1 for _ in table.rows()) > LONG:
        lines = [
            rf"{{\scriptsize\setlength{{\tabcolsep}}{{3pt}}\begin{{longtable}}{{{columns}}}",
            rf"\caption{{{caption}}}\label{{{label}}}\\",
            r"\toprule",
            *_header(table),
            r"\midrule\endhead",
            *body,
            r"\bottomrule",
            r"\end{longtable}}",
        ]
    else:
        lines = [
            r"\begin{table*}",
            r"\centering\footnotesize",
            rf"\caption{{{caption}}}\label{{{label}}}",
            r"\smallskip\setlength{\tabcolsep}{4pt}",
            r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%",
            rf"\begin{{tabular}}{{{columns}}}",
            r"\toprule",
            *_header(table),
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}}",
            r"\end{table*}",
        ]
    return "\n".join(lines) + "\n"


def render_notes(notes: Sequence[str]) -> str:
    """Return what must be said of all tables as a paragraph, ending with a line end; "" for nothing."""
    sentences = " ".join(f"{note.removesuffix('.')}." for note in notes)
    return rf"\noindent{{\footnotesize {escape(sentences)}}}" + "\n" if notes else ""


def escape(text: str) -> str:
    r"""Return text in which nothing is LaTeX.

    >>> print(escape("A_1 & 50 %"))
    A\_1 \& 50 \%
    """
    return "".join(_ESCAPES.get(letter, letter) for letter in " ".join(text.split()))


def _header(table: Table) -> list[str]:
    lines = []
    if table.groups:
        lines.append(
            " & ".join(rf"\multicolumn{{{group.span}}}{{c}}{{{escape(group.text)}}}" for group in table.groups)
            + r" \\"
        )
        rules, start = [], 1
        for group in table.groups:
            end = start + group.span - 1
            rules += [rf"\cmidrule(lr){{{start}-{end}}}"] if group.text else []
            start = end + 1
        lines.append(" ".join(rules))
    lines.append(_line([escape(text) for text in table.header]))
    return lines


def _body(table: Table) -> list[str]:
    lines = []
    for number, block in enumerate(table.blocks):
        lines += [r"\midrule"] if number else []
        lines += [_line([_cell(cell) for cell in row]) for row in block]
    return lines


def _line(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return escape(cell)
    return _score(cell) if cell.exists else escape(cell.mean_text)


def _score(cell: Score) -> str:
    mean = escape(cell.mean_text)
    mean = rf"\textbf{{{mean}}}" if cell.best else mean
    text = f"{mean} {escape(cell.spread_text)}".rstrip()
    return (GREY if cell.unseen else "") + text + escape(cell.mark)
