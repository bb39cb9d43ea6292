"""One drawing: an element of the page, the same every time."""

import re

import pytest

from fedser.report.figures.arm_style import style_of
from fedser.report.figures.panel import HIGH, INK, Panel
from fedser.results.arms import JOINT, Arm
from tests.report.conftest import Page


def paint(axes):
    axes.plot([0, 1, 2], [0.123456, 0.5, 0.25], "o-", color=HIGH)
    axes.text(1, 0.4, "0.123456 $x_1$ <교실>", color=INK)


@pytest.fixture(scope="module")
def svg():
    return str(Panel("one", 'from "0.98765" & <b>', paint).svg)


def test_text_stays_as_it_is_and_coordinates_are_short(svg):
    page = Page(svg)
    assert page.errors == []
    assert "0.123456 $x_1$ <교실>" in [element["text"].strip() for element in page.all("text")]
    assert page.all("svg")[0]["attributes"]["aria-label"] == 'from "0.98765" & <b>'
    tags = re.findall(r"<(?!svg)[^>]*>", svg)
    assert not any(re.search(r"[ \"]-?\d+\.\d{3,}", tag) for tag in tags)
    assert len(tags) > 50


def test_colours_are_the_pages(svg):
    assert "var(--high)" in svg
    assert "var(--ink)" in svg
    assert not re.search(r"#[0-9a-f]{6}\b", svg)


def test_only_what_is_referred_to_has_an_id(svg):
    ids = re.findall(r' id="([^"]*)"', svg)
    assert len(ids) > 2
    for name in ids:
        assert name.startswith("one-")
        assert f"#{name}" in svg


def test_neither_time_nor_outside_references(svg):
    assert str(Panel("one", 'from "0.98765" & <b>', paint).svg) == svg
    assert "http" not in svg
    assert "metadata" not in svg


def test_another_name_gives_other_ids(svg):
    other = str(Panel("two", 'from "0.98765" & <b>', paint).svg)
    assert other.replace("two-", "one-") == svg


def test_methods_differ_by_more_than_colour():
    arms = [Arm("finetuning", "none"), Arm("exper", "random"), Arm("gem", "random"), JOINT, Arm("ewc", "none")]
    looks = [style_of(arm, arms) for arm in arms]
    assert len({look.colour for look in looks}) == 5
    assert len({(str(look.dash), look.marker) for look in looks}) == 5
    memories = [
        style_of(Arm("gem", memory), arms) for memory in ("random", "length", "gender", "speaker", "herding")
    ]
    assert len({look.marker for look in memories}) == 5
    assert len({look.colour for look in memories}) == 1
