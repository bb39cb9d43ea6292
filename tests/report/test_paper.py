"""The report on paper, where nothing can be opened or scrolled."""

import re

import pytest

from fedser.report.template import HERE


@pytest.fixture(scope="module")
def rules():
    """The rules for paper: selector → declarations."""
    css = re.sub(r"/\*.*?\*/", "", (HERE / "report.css").read_text(encoding="utf-8"), flags=re.DOTALL)
    start = css.index("@media print {") + len("@media print {")
    found = {}
    for selectors, declarations in re.findall(r"([^{}]+)\{([^{}]*)\}", css[start:]):
        for selector in re.split(r",(?![^(]*\))", selectors):
            found[selector.strip()] = found.get(selector.strip(), "") + declarations
    return found


@pytest.mark.parametrize(
    ("selector", "declaration"),
    [
        ("details::details-content", "content-visibility: visible"),
        (".scroll", "overflow: visible"),
        ("pre", "white-space: pre-wrap"),
        ("table", "white-space: normal"),
        (".caption", "break-after: avoid"),
        (".caption", "break-inside: avoid"),
        ("summary", "break-after: avoid"),
        ("figcaption", "break-before: avoid"),
        ("tr", "break-inside: avoid"),
        ("nav", "display: none"),
    ],
)
def test_what_a_screen_folds_or_scrolls_is_shown(rules, selector, declaration):
    assert declaration in rules[selector]


def test_paper_is_light_whatever_the_screen_is():
    css = (HERE / "report.css").read_text(encoding="utf-8")
    assert re.findall(r"@media ([^{]*) \{\s*:root", css) == ["screen and (prefers-color-scheme: dark)"]
