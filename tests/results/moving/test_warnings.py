"""Every warning, in the bad case and not in the good one."""

from dataclasses import replace

import numpy as np
import pytest

from fedser.protocol.arms import Arm
from fedser.results.moving import warnings
from tests.results.moving.by_hand import moving_by_hand

LOCAL, EXPER, LENGTH = (
    Arm(*pair, "local") for pair in (("finetuning", "none"), ("exper", "random"), ("exper", "length"))
)
PLACES = [[0, 0, 1, 1], [1, 1, 0, 0]]


def run_of(ccc=0.5, arms=(LOCAL, EXPER), seeds=5, config="", labelled=4, start=0.2):
    R = np.full((seeds, 2, 4, 2), ccc)
    run = moving_by_hand(dict.fromkeys(arms, R), PLACES, ["home", "café"], start=start)
    return replace(run, config=config, visits=run.visits.assign(labelled=labelled))


CASES = {
    "nothing learnt": (warnings.nothing_learnt, {"ccc": 0.05}, {}, "Nothing was learnt: at the end no model"),
    "worse than at the start": (
        warnings.worse_than_at_the_start,
        {"ccc": 0.15},
        {"ccc": 0.195},
        "with Local Finetuning (activation .20 → .15), Local Finetuning (valence",
    ),
    "few seeds": (warnings.few_seeds, {"seeds": 1}, {}, "One seed only: with fewer than 5"),
    "memory holds everything": (
        warnings.memory_holds_everything,
        {"config": "[memory]\ncapacity = 8"},
        {"config": "[memory]\ncapacity = 7"},
        "no device hears more than 8 labelled utterances in an environment, and memory has room for 8",
    ),
    "little speech": (
        warnings.little_speech,
        {"labelled": 3},
        {"labelled": 4},
        "in 20 of 20 stays a device hears fewer than 8 labelled utterances (in 0 none)",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_warning_comes_in_the_bad_case_and_not_in_the_good_one(case):
    check, bad, good, said = CASES[case]

    assert said in " ".join(check(run_of(**bad)))
    assert list(check(run_of(**good))) == []
    assert set(check(run_of(**bad))) <= set(warnings.moving_warnings(run_of(**bad)))


def test_sampled_memories_that_hold_everything_are_the_same():
    config = "[memory]\ncapacity = 8"
    found = list(warnings.memory_holds_everything(run_of(arms=(LOCAL, EXPER, LENGTH), config=config)))

    assert found[1].startswith("The memories of Local ExpeR-random and Local ExpeR-length hold the same")
    assert not list(warnings.memory_holds_everything(run_of(arms=(LOCAL,), config=config)))


def test_a_good_run_has_no_warnings():
    assert warnings.moving_warnings(run_of(config="[memory]\ncapacity = 6")) == ()
