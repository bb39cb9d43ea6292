"""report.html: self-contained, labelled, and equal to what was computed."""

import re
from dataclasses import replace

import pytest

from fedser.errors import RunError
from fedser.metrics import ccc
from fedser.report import write_report
from fedser.report.one_device.headline import headline
from fedser.results.numerals import decimal
from fedser.results.one_device import all_tables, read_run
from fedser.results.one_device.warnings import one_device_warnings
from fedser.results.table import plain
from tests.report.conftest import Page
from tests.results.rehearsal import ALL_ARMS, write_run


@pytest.fixture(scope="module")
def run(folder):
    return read_run(folder)


def squeezed(text):
    return " ".join(text.split())


def test_nothing_is_fetched_from_anywhere(page, html):
    assert "http:" not in html
    assert "https:" not in html
    assert not page.all("script") + page.all("link") + page.all("img") + page.all("iframe")
    for element in page.elements:
        assert not {"src", "srcset", "data", "poster", "background"} & set(element["attributes"])
        assert element["attributes"].get("href", "#").startswith("#")
    assert re.findall(r"url\((?!#)", html) == []
    assert "@import" not in html
    policy = next(e for e in page.all("meta") if "http-equiv" in e["attributes"])
    assert policy["attributes"]["content"].startswith("default-src 'none'")


def test_the_markup_is_well_formed(page):
    assert page.errors == []


def test_ids_are_unique_and_references_resolve(page, html):
    ids = [element["attributes"]["id"] for element in page.elements if "id" in element["attributes"]]
    assert len(ids) == len(set(ids)) > 50
    wanted = {element["attributes"]["href"][1:] for element in page.elements if "href" in element["attributes"]}
    wanted |= set(re.findall(r"url\(#([^)]+)\)", html))
    wanted |= {e["attributes"]["aria-labelledby"] for e in page.elements if "aria-labelledby" in e["attributes"]}
    assert wanted <= set(ids)


def test_every_drawing_says_what_it_shows(page):
    drawings = page.all("svg")
    assert len(drawings) > 60
    for drawing in drawings:
        assert drawing["attributes"]["role"] == "img"
        assert len(drawing["attributes"]["aria-label"]) > 8
        assert "viewbox" in drawing["attributes"]
    assert len(page.all("figcaption")) == len(page.all("figure"))
    assert all(len(caption["text"].strip()) > 20 for caption in page.all("figcaption"))


def test_it_reads_on_a_phone_by_day_and_by_night(page, html):
    viewport = next(e for e in page.all("meta") if e["attributes"].get("name") == "viewport")
    assert "width=device-width" in viewport["attributes"]["content"]
    assert "prefers-color-scheme: dark" in html
    assert page.all("html")[0]["attributes"]["lang"] == "en"
    # Drawings take their colours from the page: none is left fixed.
    drawn = "".join(re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL))
    assert re.findall(r"#[0-9a-f]{6}\b", drawn) == []
    used = set(re.findall(r"var\(--([\w-]+)\)", html))
    defined = set(re.findall(r"--([\w-]+):", html))
    assert used <= defined


def cells_of(html, key):
    """Return the rows of a table's body as written, cells squeezed."""
    table = re.search(rf'<table aria-labelledby="table-{key}">.*?</table>', html, flags=re.DOTALL).group()
    rows = re.findall(r"<tr>(.*?)</tr>", table.split("</thead>")[1], flags=re.DOTALL)
    return [
        [squeezed(re.sub(r"<[^>]+>", "", cell)) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, flags=re.DOTALL)]
        for row in rows
    ]


def written_cell(cell):
    """Return a cell as the page writes it: what was not learnt yet is on grey, not in parentheses."""
    return plain(cell if isinstance(cell, str) else replace(cell, best=False, unseen=False))


def test_cells_equal_the_computed_values(html, run):
    for table in all_tables(run):
        rows = cells_of(html, table.key)
        expected = [[written_cell(cell) for cell in row] for row in table.rows()]
        assert len(rows) == len(expected) > 0
        for written, computed in zip(rows, expected, strict=True):
            # A first cell that spans its block stands in the first row only.
            computed = computed if len(written) == len(computed) else computed[1:]
            assert [cell.replace("&lt;", "<") for cell in written] == computed


@pytest.mark.parametrize("key", ["2a", "3b"])
def test_bold_and_unseen_cells_are_marked_up(html, run, key):
    table = next(table for table in all_tables(run) if table.key == key)
    source = re.search(rf'<table aria-labelledby="table-{key}">.*?</table>', html, flags=re.DOTALL).group()
    scores = [cell for row in table.rows() for cell in row[2:]]
    assert source.count("<strong>") == sum(cell.best for cell in scores)
    assert source.count('class="unseen" title="not trained on yet"') == sum(cell.unseen for cell in scores) > 0
    assert "(" not in source


def test_the_headline_comes_first(page, run):
    leads = [e["text"] for e in page.all("p") if e["attributes"].get("class") == "lead"]
    assert leads == headline(run)
    assert [e["text"] for e in page.all("h1")] == ["home → office → café"]


def test_notes_stand_in_a_banner_and_not_under_every_table(page, html, run):
    banner = next(e for e in page.elements if e["attributes"].get("role") == "note")
    assert squeezed(banner["text"]) == "synthetic: for trying out, not evidence"
    assert html.count("synthetic: for trying out, not evidence") == 1
    assert html.count("Bold: best of its stage.") == 1


def test_warnings_stand_above_the_headline(page, html, run):
    alert = next(e for e in page.elements if e["attributes"].get("role") == "alert")
    assert all(warning in squeezed(alert["text"]) for warning in one_device_warnings(run))
    assert html.index('role="alert"') < html.index('class="lead"')


def test_the_ccc_of_a_panel_is_that_of_its_predictions_and_of_scores_csv(page, run):
    labels = [e["attributes"]["aria-label"] for e in page.all("svg")]
    checked = 0
    for arm in run.arms:
        for j, environment in enumerate(run.environments):
            rows = run.predictions[
                (run.predictions["method"] == arm.method)
                & (run.predictions["memory"] == arm.memory)
                & (run.predictions["environment"] == environment)
            ]
            value = ccc(rows["predicted_activation"], rows["activation"])
            assert value == run.R(arm, "activation", "ccc")[0, -1, j]
            assert (
                f"{arm.label} on {environment}: activation CCC {decimal(value, 2)} over 40 test utterances"
                in labels
            )
            checked += 1
    assert checked == 18


def test_heatmaps_and_curves_say_the_means(page, run):
    labels = [e["attributes"]["aria-label"] for e in page.all("svg")]
    arm = run.arms[0]
    R = run.R(arm, "activation", "ccc").mean(axis=0)
    rows = "; ".join(
        f"after {stage} {', '.join(decimal(v, 2) for v in row)}" for stage, row in zip(run.stages, R, strict=True)
    )
    assert f"Finetuning, activation CCC on home, office, café: {rows}" in labels
    curve = next(label for label in labels if label.startswith("Activation CCC on home after each stage."))
    assert f"Finetuning {', '.join(decimal(v, 2) for v in R[:, 0])};" in curve


def test_text_in_drawings_is_not_rounded(page):
    """Coordinates are shortened, the words and numbers that are read are not."""
    drawn = [e["text"].strip() for e in page.all("text")]
    assert "0.75" in drawn or "0.8" in drawn
    ticks = [text for text in drawn if re.fullmatch(r"[−\d.]+", text)]
    assert len(ticks) > 100


def test_the_record_is_shown(page, run):
    text = squeezed(page.all("main")[0]["text"])
    for value in (
        "2.13.0",
        "0123456789abcdef",
        "gem.margin = 0.5",
        'name = "rehearsal"',
        "0, 1, 2, 3, 4",
        "812.5",
    ):
        assert value in text
    assert "workers = 2, prepare_s = 12.5, train_s = 97.25; workers = 1, train_s = 3.5" in text
    assert "gem-random, home: the cap on epochs was met" not in text  # it stands at the top


def test_the_same_run_gives_the_same_bytes(tmp_path):
    small = write_run(tmp_path / "run", environments=["P", "M"], seeds=[0, 1], arms=ALL_ARMS[:2])
    first = write_report(small).read_bytes()
    assert write_report(small).read_bytes() == first


def test_names_are_text_and_not_markup(tmp_path):
    names = ["<b>a</b> & $x_1$", '"교실" {{ 1 }}']
    arms = [ALL_ARMS[0], ALL_ARMS[1]]
    source = write_report(write_run(tmp_path / "<run>", environments=names, seeds=[0], arms=arms)).read_text(
        "utf-8"
    )
    page = Page(source)
    assert page.errors == []
    assert page.all("h1")[0]["text"] == " → ".join(names)
    assert page.all("b") == []
    assert any(e["text"].strip() == "<b>a</b> & $x_1$" for e in page.all("text"))


@pytest.mark.parametrize(
    ("environments", "seeds", "arms"),
    [
        (["P"], [3], ALL_ARMS[:1]),
        (["P"], [0, 1], ALL_ARMS[1:3]),
        (["P", "M"], [0], [ALL_ARMS[9]]),
        (["P", "M"], [0, 1], [ALL_ARMS[2], ALL_ARMS[6]]),
    ],
)
def test_small_and_partial_runs(tmp_path, environments, seeds, arms):
    folder = write_run(tmp_path / "run", environments=environments, seeds=seeds, arms=arms, notes={})
    source = write_report(folder).read_text("utf-8")
    page = Page(source)
    assert page.errors == []
    assert "nan" not in re.sub(r"<[^>]*>", " ", source).split()
    assert [e for e in page.elements if e["attributes"].get("role") == "note"] == []
    anchors = {e["attributes"]["href"] for e in page.all("a")}
    assert anchors <= {f"#{e['attributes'].get('id')}" for e in page.elements}
    keys = [table.key for table in all_tables(read_run(folder))]
    assert all(cells_of(source, key) for key in keys)


def test_a_folder_that_is_not_a_run_is_refused(tmp_path):
    with pytest.raises(RunError, match="not a run folder"):
        write_report(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_is_folded_can_be_unfolded_by_the_rule_for_paper(page):
    """All that is folded is in `details`; nothing else hides what a reader of paper could not get at."""
    folded = [element for element in page.all("details") if "open" not in element["attributes"]]
    assert folded
    assert not [element for element in page.elements if "hidden" in element["attributes"]]
