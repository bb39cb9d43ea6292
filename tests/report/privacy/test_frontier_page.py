"""The frontier's page tells arms of other modes and rules apart: by rows of figures and by name."""

import re

import pandas as pd

from fedser.report.privacy import write_frontier_page
from fedser.results.privacy import FrontierRun
from tests.results.privacy.test_frontier_tables import cell


def page(folder, *arms):
    spent = {0.0: float("inf"), 1.0: 3.0}
    rows = [cell(k, noise, epsilon=spent[noise], **arm) for arm in arms for k in (0, 1) for noise in spent]
    return write_frontier_page(FrontierRun(folder, {}, "seed = 0\n", pd.DataFrame(rows))).read_text()


def headings(html):
    return re.findall(r'<h2 id="row-\d+">(.*?)</h2>', html)


def test_arms_of_one_mode_and_rule_share_a_row(tmp_path):
    html = page(tmp_path, {}, {"method": "gem"})
    assert headings(html) == ["A memory of 4 utterances a place"]
    assert len(re.findall('<svg class="chart"', html)) == 7 + 2


def test_modes_and_rules_have_rows_of_their_own(tmp_path):
    html = page(tmp_path, {"ccc": 0.1}, {"mode": "personal-head", "ccc": 0.2}, {"rule": "fedadam", "ccc": 0.3})
    assert [text.partition(":")[0] for text in headings(html)] == [
        "Federated",
        "Personal-head",
        "Federated @fedadam",
    ]
    drawn = re.findall(r'aria-label="Activation CCC, global model: (.*?)"', html)
    assert [re.findall(r"(\S+) at ε none: ([\d.]+)", text) for text in drawn] == [
        [("federated:exper-random", "0.100")],
        [("personal-head:exper-random", "0.200")],
        [("federated:exper-random@fedadam", "0.300")],
    ]


def test_what_is_told_is_drawn_against_what_is_forgotten(tmp_path):
    """From the least noise on; the mean over seeds."""
    found = {0.0: {"forgetting": 0.25, "lira_auc": 0.875}, 1.0: {"forgetting": 0.5, "lira_auc": 0.625}}
    cells = [cell(k, noise, **found[noise] | {"epsilon": 3.0 - noise}) for noise in (1.0, 0.0) for k in (0, 1)]
    html = write_frontier_page(FrontierRun(tmp_path, {}, "seed = 0\n", pd.DataFrame(cells))).read_text()
    assert (
        'aria-label="Membership of the memory by LiRA, AUC, against forgetting: federated:exper-random: '
        '0.875 at a forgetting of 0.250, 0.625 at a forgetting of 0.500"'
    ) in html
