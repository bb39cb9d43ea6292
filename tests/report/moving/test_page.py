"""report.html of moving devices: self-contained, labelled, and equal to what was computed."""

import re
from dataclasses import replace
from typing import ClassVar

import pandas as pd
import pytest

from fedser import plugins
from fedser.report import write_report
from fedser.report.moving.figures import device_map
from fedser.report.moving.headline import headline
from fedser.results.moving import all_moving_tables, read_moving_run
from fedser.results.numerals import decimal
from fedser.results.table import plain
from fedser.rules import Rule
from tests.report.conftest import Page
from tests.results.moving.commuters import ARMS, write_commute


@pytest.fixture(scope="module")
def run(commute):
    return read_moving_run(commute)


def squeezed(text):
    return " ".join(text.split())


def check_markup(html, page):
    """What every page must be."""
    assert page.errors == []
    assert "http:" not in html
    assert "https:" not in html
    assert not page.all("script") + page.all("link") + page.all("img") + page.all("image")
    assert re.findall(r"url\((?!#)", html) == []
    ids = [element["attributes"]["id"] for element in page.elements if "id" in element["attributes"]]
    assert len(ids) == len(set(ids))
    wanted = {e["attributes"]["href"] for e in page.elements if "href" in e["attributes"]}
    assert wanted <= {f"#{name}" for name in ids}
    assert "nan" not in re.sub(r"<[^>]*>", " ", html).split()
    drawn = "".join(re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL))
    assert re.findall(r"#[0-9a-f]{6}\b", drawn) == []  # all colours are the page's, by day and by night
    assert set(re.findall(r"var\(--([\w-]+)\)", html)) <= set(re.findall(r"--([\w-]+):", html))
    for drawing in page.all("svg"):
        assert len(drawing["attributes"]["aria-label"]) > 8
        assert "nan" not in drawing["attributes"]["aria-label"].split()


def test_it_opens_offline_and_is_well_formed(html, page):
    check_markup(html, page)
    policy = next(e for e in page.all("meta") if "http-equiv" in e["attributes"])
    assert policy["attributes"]["content"].startswith("default-src 'none'")
    assert len(page.all("figcaption")) == len(page.all("figure")) >= 15


def test_the_headline_comes_first_and_the_note_is_a_banner(page, run):
    leads = [e["text"] for e in page.all("p") if e["attributes"].get("class") == "lead"]
    assert leads == headline(run)
    assert [e["text"] for e in page.all("h1")] == ["8 devices, 10 rounds: home, office, café"]
    banner = next(e for e in page.elements if e["attributes"].get("role") == "note")
    assert squeezed(banner["text"]) == "synthetic: for trying out, not evidence"


def test_cells_equal_the_computed_values(html, run):
    for table in all_moving_tables(run):
        source = re.search(
            rf'<table aria-labelledby="table-{table.key}">.*?</table>', html, flags=re.DOTALL
        ).group()
        rows = re.findall(r"<tr>(.*?)</tr>", source.split("</thead>")[1], flags=re.DOTALL)
        written = [
            [squeezed(re.sub(r"<[^>]+>", "", cell)) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]
            for row in rows
        ]
        expected = [[plain(cell).replace("**", "") for cell in row] for row in table.rows()]
        assert len(written) == len(expected) > 0
        for ours, theirs in zip(written, expected, strict=True):
            theirs = theirs if len(ours) == len(theirs) else theirs[1:]
            assert [cell.replace("&lt;", "<") for cell in ours] == theirs


def labels(page):
    return [e["attributes"]["aria-label"] for e in page.all("svg")]


def test_the_map_says_what_share_of_the_time_was_spent_where(page, run):
    label = next(label for label in labels(page) if label.startswith("Where 8 devices were"))
    share = (run.places[0] == 2).mean()
    assert f"café {100 * share:.0f} %" in label


def test_the_map_of_a_long_run_stays_small(run):
    rounds, there = 3000, list(run.environments)
    visits = pd.DataFrame(
        [
            (run.seeds[0], device, round, there[(round + device) % len(there)], "", 1, 4, 4)
            for device in range(run.devices)
            for round in range(1, rounds + 1)
        ],
        columns=run.visits.columns,
    )
    panel = device_map(replace(run, rounds=rounds, visits=visits), "map")
    assert "a cell is 5 rounds" in panel.label
    svg = str(panel.svg)
    assert svg.count("<path") < 100
    assert len(svg) < 8 * 600 * 150


def test_curves_say_where_they_begin_and_end(page, run):
    server = run.server(ARMS[3], "activation", "ccc")[:, :, 1].mean(axis=0)
    label = next(one for one in labels(page) if one.startswith("Activation CCC on office, global"))
    assert f"Federated Finetuning {decimal(server[0], 2)} → {decimal(server[-1], 2)};" in label


def test_every_picture_of_the_contents_is_there(page):
    found = labels(page)
    for begin, count in {
        "Activation CCC on a place left": 2,  # one for each mode
        "Activation CCC on a place at departure": 2,
        "Activation CCC on home, personal": 2,
        "Activation CCC on home, global": 1,
        "Local, average of activation CCC by device": 1,
        "Federated, forgetting of activation CCC by device": 1,
        "Prequential activation CCC": 2,
        "kB of memory on a device against forgetting of activation CCC": 1,
        "kB up and down per device and round against average of activation CCC": 1,
    }.items():
        assert sum(label.startswith(begin) for label in found) == count, begin


def test_the_record_is_shown(page):
    text = squeezed(page.all("main")[0]["text"])
    for value in ("0123456789abcdef", "commuters (test data)", "mode = local"):
        assert value in text


class Majority(Rule):
    """A rule that only a report knows."""

    name: ClassVar[str] = "majority"
    title: ClassVar[str] = "Majority"
    does: ClassVar[str] = "asks everybody."

    def aggregate(self, server, updates, state):
        return server, state


def test_rules_that_arms_name_are_explained(tmp_path, monkeypatch):
    monkeypatch.setitem(
        plugins._registered["rules"], "majority", plugins._Registered(Majority, __name__, "Majority")
    )
    arms = [replace(ARMS[3], rule=rule) for rule in ("", "majority", "unheard-of")]
    html = write_report(write_commute(tmp_path / "run", arms=arms, seeds=[0], devices=3, rounds=4)).read_text(
        "utf-8"
    )
    text = squeezed(Page(html).all("main")[0]["text"])
    assert (
        "The rules differ in how the server makes one model of what devices send: Majority (@majority) asks"
        in text
    )
    assert text.count("asks everybody.") == 1
    assert f"{ARMS[3].label} @unheard-of" in text


CASES = {
    "one device": {"devices": 1, "seeds": [0, 1]},
    "one seed and one mode": {"seeds": [4], "arms": ARMS[3:]},
    "one environment": {"environments": ["home"], "seeds": [0, 1], "arms": ARMS[:2]},
    "few take part": {"participation": 0.12, "seeds": [0, 1], "arms": ARMS[2:4]},
    "nobody takes part": {"participation": 0.0, "seeds": [0], "arms": ARMS[2:4]},
    "one round": {"rounds": 1, "seeds": [0], "arms": ARMS[2:4]},
    "names that are markup": {
        "environments": ["<b>a</b> & $x_1$", '"교실" {{ 1 }}'],
        "seeds": [0],
        "arms": ARMS[:1],
    },
    "more places than colours": {"environments": [f"room {n}" for n in range(9)], "seeds": [0], "arms": ARMS[:1]},
}


@pytest.mark.parametrize("case", CASES)
def test_small_and_partial_runs(tmp_path, case):
    options = {"devices": 4, "rounds": 5} | CASES[case]
    html = write_report(write_commute(tmp_path / "run", notes={}, **options)).read_text("utf-8")
    page = Page(html)
    check_markup(html, page)
    assert page.all("b") == []


def test_a_map_of_many_devices_is_thinned_and_says_so(tmp_path):
    folder = write_commute(tmp_path / "run", arms=ARMS[:1], seeds=[0], devices=400, rounds=3, participation=0.1)
    html = write_report(folder).read_text("utf-8")
    assert "60 of 400 devices, evenly spaced by number" in html
    check_markup(html, Page(html))


def test_the_same_run_gives_the_same_bytes(tmp_path):
    folder = write_commute(tmp_path / "run", arms=ARMS[:2], seeds=[0, 1], devices=3, rounds=4)
    first = write_report(folder).read_bytes()
    assert write_report(folder).read_bytes() == first
