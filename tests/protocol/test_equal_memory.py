"""At equal bytes: what methods keep is counted from what they have kept, not from what was promised."""

import dataclasses

import pytest

from fedser.errors import ConfigError
from fedser.model import ModelOptions, Regressor
from fedser.protocol import Arm
from fedser.protocol.equal_memory import bytes_of_own, capacities
from fedser.strategies import STRATEGIES
from fedser.training import UpdateOptions
from simulations.one_device.config import PaperConfig
from tests.protocol.test_updates import environment, quiet, run_of

MODEL = ModelOptions(width=6)
PLACES = [environment("A", 1), environment("B", 11), environment("C", 21)]
FIRST = PLACES[0].examples["train"]
WIDTHS = FIRST.acoustic.shape[1], FIRST.lexical.shape[1]
P = sum(parameter.numel() for parameter in Regressor(*WIDTHS, MODEL).parameters())
EACH = 4 * (sum(WIDTHS) + 2)


def strategies(*names):
    return {name: STRATEGIES[name]() for name in names}


@pytest.mark.parametrize(
    ("method", "most"),
    # LwF: teacher, model; EWC: F, centre, squares, model, a count; SI: importance, centre, path, moved, model
    [("finetuning", 0), ("gem", 0), ("lwf", 2 * 4 * P), ("ewc", 4 * 4 * P + 8), ("si", 5 * 4 * P)],
)
def test_a_methods_tensors_are_counted_at_their_most(method, most):
    assert bytes_of_own(STRATEGIES[method](), 3, WIDTHS, MODEL) == most


def test_beside_a_greedier_method_utterances_fill_its_bytes():
    found = capacities(strategies("finetuning", "gem", "derpp", "ewc", "si", "joint"), 3, WIDTHS, MODEL, 2)
    budget = 5 * 4 * P
    assert budget > 2 * 2 * (EACH + 8)
    assert found == {"gem": budget // (2 * EACH), "derpp": budget // (2 * (EACH + 8))}


def test_where_utterances_need_most_the_capacity_is_what_was_asked():
    found = capacities(strategies("gem", "derpp", "lwf"), 3, WIDTHS, MODEL, 10_000)
    assert found == {"gem": 10_000 * (EACH + 8) // EACH, "derpp": 10_000}


def test_what_learns_from_its_memory_alone_keeps_one_of_the_present_too():
    assert capacities(strategies("gem", "gdumb"), 3, WIDTHS, MODEL, 60) == {"gem": 90, "gdumb": 60}


def test_joint_sets_no_budget_and_one_environment_leaves_no_memory():
    assert capacities(strategies("gem", "joint"), 3, WIDTHS, MODEL, 7) == {"gem": 7}
    assert capacities(strategies("gem", "ewc"), 1, WIDTHS, MODEL, 7) == {}


@pytest.mark.parametrize("memory", ["random", "speaker"])
def test_what_runs_have_kept_is_the_same_to_an_utterance(tmp_path, memory):
    names = ("gem", "derpp", "exper")
    chosen = {"gem": 9, "derpp": 9 * EACH // (EACH + 8), "exper": 9}
    assert capacities(strategies(*names), 3, WIDTHS, MODEL, chosen["derpp"])["derpp"] == chosen["derpp"]
    run = dataclasses.replace(run_of(tmp_path, names, UpdateOptions()), capacities=chosen)
    for name, utterances in chosen.items():
        record = run.learn_arm(Arm.parse(f"{name}-{memory}"), quiet)[-1].record
        assert [len(kept["utterances"]) for kept in record["memories"]] == [utterances] * 2
        assert 0 <= 2 * 9 * EACH - record["memory_bytes"] < 2 * (EACH + 8)


def test_a_longer_ring_for_others_changes_no_memory_that_is_shorter(tmp_path):
    short = run_of(tmp_path / "short", ["gem"], UpdateOptions())
    long = dataclasses.replace(
        run_of(tmp_path / "long", ["gem"], UpdateOptions()), capacities={"gem": 8, "er": 15}
    )
    kept = [run.learn_arm(Arm.parse("gem"), quiet)[-1].record["memories"] for run in (short, long)]
    assert kept[0] == kept[1]


def test_tensors_are_counted_as_runs_count_them(tmp_path):
    for name in ("ewc", "si", "lwf"):
        run = run_of(tmp_path, [name], UpdateOptions())
        record = run.learn_arm(Arm.parse(name), quiet)[-1].record
        assert record["memory_bytes"] == bytes_of_own(STRATEGIES[name](), 3, WIDTHS, MODEL)


def test_an_unknown_measure_is_refused_by_name():
    place = {"name": "A", "corpus": "synthetic"}
    with pytest.raises(ConfigError, match="match"):
        PaperConfig.read({"environments": [place], "memory": {"match": "byte"}}, "here")
