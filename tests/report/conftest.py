"""Rehearsed runs and their reports, read as a browser would."""

from html.parser import HTMLParser

import pytest

from fedser.report import write_report
from tests.results.rehearsal import ALL_ARMS, write_run

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """Every element with its attributes and text, in order; unbalanced tags are errors."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.open, self.errors = [], [], []
        self.feed(html)
        self.close()
        self.errors += [f"{element['tag']} is never closed" for element in self.open]

    def handle_starttag(self, tag, attributes):
        element = {"tag": tag, "attributes": dict(attributes), "text": "", "inside": [e["tag"] for e in self.open]}
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open[-1]["tag"] != tag:
            self.errors.append(f"</{tag}> closes {self.open[-1]['tag'] if self.open else 'nothing'}")
            return
        self.open.pop()

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, tag):
        return [element for element in self.elements if element["tag"] == tag]


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return write_run(
        tmp_path_factory.mktemp("reports") / "rehearsal", arms=[*ALL_ARMS[:3], *ALL_ARMS[5:7], ALL_ARMS[9]]
    )


@pytest.fixture(scope="session")
def html(folder):
    return write_report(folder).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def page(html):
    return Page(html)
