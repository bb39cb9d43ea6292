"""Findings as tables: what an attack says of itself decides what is shown, and a stranger's rows are shown too."""

from typing import ClassVar

import pandas as pd
import pytest

from fedser.privacy.attacks import ATTACKS, Attack, Finding, Interval, Plot
from fedser.results.privacy.attack_tables import attack_tables, attacks_of, held

LAYERS = ["trunk.0", "trunk.1", "trunk.2"]


def finding(**more):
    values = {"variant": "inputs", "metric": "uar", "n": 12, "statement": "The adversary sees all."}
    return Finding(**(values | {"estimate": Interval(0.8, 0.6, 0.9), "control": Interval(0.5, 0.4, 0.6)} | more))


def frame(attack, arms, findings):
    return pd.DataFrame([one.row(attack, arm) for arm in arms for one in findings])


def cells(table, *columns):
    places = [table.header.index(column) for column in columns]
    return [tuple(row[k] for k in places) for row in table.rows()]


def test_what_an_attack_draws_is_what_its_table_shows():
    """Gender: all layers for the fewest rounds, all rounds for the first layer."""
    findings = [finding(layer=layer, rounds=rounds, p_value=0.01) for layer in LAYERS for rounds in (1, 2, 6)]
    (table,) = attack_tables(frame("attribute", ["federated:exper-random"], findings))
    expected = [("trunk.0", "1"), ("trunk.0", "2"), ("trunk.0", "6"), ("trunk.1", "1"), ("trunk.2", "1")]
    assert cells(table, "layer", "rounds") == expected
    assert table.title == ATTACKS["attribute"].title
    first, *_ = cells(table, "estimate", "95 %", "control", "p", "n")
    assert first == (".800", ".600 to .900", ".500", ".010", "12")


def test_columns_are_held_at_what_shows_most():
    """Of five batches with one step and one batch with three steps, the batches are drawn over at one step."""
    settings = [(1, 1), (2, 1), (4, 1), (8, 1), (16, 1), (2, 2), (2, 4)]
    found = [finding(metric=m, batch=b, steps=s) for b, s in settings for m in ("cosine", "exact")]
    rows = frame("inversion", ["federated:gem-random"], found)
    inversion = ATTACKS["inversion"]
    by_batch, by_steps = (held(inversion, plot, rows) for plot in inversion.plots)
    assert list(dict.fromkeys(by_batch["batch"])) == ["1", "2", "4", "8", "16"]
    assert list(dict.fromkeys(by_steps["steps"])) == ["1", "2", "4"]
    assert set(by_steps["batch"]) == {"2"}
    (table,) = attack_tables(rows)
    assert len(cells(table, "batch")) == 2 * len(settings)


def test_arms_make_blocks_and_are_named_once():
    found = [finding(variant=v, metric=m) for v in ("loss", "gain") for m in ("auc", "tpr")]
    (table,) = attack_tables(frame("membership", ["federated:exper-random", "federated:gem-random"], found))
    assert [len(block) for block in table.blocks] == [4, 4]
    assert [row[0] for row in table.blocks[1]] == ["federated:gem-random", "", "", ""]


def test_an_attack_that_is_not_known_here_is_shown_by_its_name():
    rows = frame("listening", ["federated:gem-random"], [finding(metric="auc", layer="trunk.0")])
    ((attack, own),) = attacks_of(rows)
    (table,) = attack_tables(rows)
    assert (attack.name, attack.headline, len(own)) == ("listening", "auc", 1)
    assert table.title == "listening"
    assert cells(table, "layer", "metric") == [("trunk.0", "auc")]


@pytest.mark.parametrize("name", list(ATTACKS))
def test_every_attack_says_what_it_is(name):
    attack = ATTACKS[name]
    assert attack.name == name
    assert attack.title
    assert attack.caption.endswith(".")
    assert attack.headline
    columns = set(finding().row("a", "b"))
    assert set(attack.columns) <= columns
    assert {plot.across for plot in attack.plots} | {c for plot in attack.plots for c in plot.held} <= columns


def test_a_plot_of_another_metric_than_the_headline_is_not_held_by_it():
    class Two(Attack):
        name: ClassVar[str] = "two"
        title: ClassVar[str] = "Two"
        headline: ClassVar[str] = "auc"
        plots: ClassVar[tuple[Plot, ...]] = (Plot("layer", "arm", ("rounds",)),)

    most_elsewhere = [finding(metric="tpr", layer=layer, rounds=2) for layer in LAYERS]
    rows = frame("two", ["x"], [finding(metric="auc", layer="trunk.0", rounds=1), *most_elsewhere])
    assert set(held(Two, Two.plots[0], rows)["rounds"]) == {"1"}
