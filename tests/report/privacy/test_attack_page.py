"""The attack page draws what attacks say of themselves, and what it does not know it draws too."""

import re

from fedser.privacy.attacks import Interval
from fedser.report.privacy import write_attack_page
from fedser.results.privacy import AttackRun
from tests.results.privacy.test_attack_tables import LAYERS, finding, frame


def page(folder, rows):
    return write_attack_page(AttackRun(folder, {}, "seed = 0\n", rows)).read_text()


def test_an_attack_draws_its_plots_for_every_arm(tmp_path):
    found = [finding(layer=layer, rounds=rounds) for layer in LAYERS for rounds in (1, 6)]
    html = page(tmp_path, frame("attribute", ["federated:gem-random", "personal-head:exper-random"], found))
    drawn = re.findall(r'aria-label="([^"]*?): [^":]*inputs 0.800', html)
    assert drawn == [
        "gem-random, rounds leaked: 1",
        "personal-head:exper-random, rounds leaked: 1",
        "gem-random, trunk.0",
        "personal-head:exper-random, trunk.0",
    ]
    assert "Feng et al. 2021" in html


def test_figures_of_one_value_are_left_out_after_the_first(tmp_path):
    html = page(tmp_path, frame("attribute", ["federated:gem-random"], [finding(layer="trunk.0", rounds=1)]))
    assert "rounds leaked: 1: trunk.0 inputs 0.800" in html
    assert html.count("trunk.0 inputs 0.800") == 1
    assert "1 inputs 0.800" not in html


def test_the_first_sentence_is_of_the_first_setting_in_every_arm(tmp_path):
    first = finding(layer="trunk.0", rounds=1)
    better = finding(layer="trunk.1", rounds=1, estimate=Interval(0.99, 0.9, 1.0))
    arms = ["federated:gem-random", "federated:exper-random"]
    html = page(tmp_path, frame("attribute", arms, [first, better]))
    (said,) = re.findall(r'<p class="lead">(.*?)</p>', html)
    assert "UAR gem-random .800 [.600, .900]; exper-random .800 [.600, .900]; controls .500." in said
    assert ".990" not in said


def test_an_unknown_attack_is_drawn_by_arm(tmp_path):
    html = page(tmp_path, frame("listening", ["federated:gem-random"], [finding(metric="auc")]))
    assert '<h2 id="listening">listening</h2>' in html
    assert "AUC: federated:gem-random inputs 0.800" in html
