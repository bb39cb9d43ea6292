"""Every warning, in the bad case and not in the good one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fedser.results.arms import EXPER_RANDOM, FINETUNING, JOINT, Arm
from fedser.results.one_device import warnings
from tests.results.one_device.by_hand import run_by_hand

GOOD = np.array([[0.6, 0.1], [0.5, 0.6]])
LENGTH = Arm("exper", "length")


def run_of(end=GOOD, arms=(FINETUNING, EXPER_RANDOM), seeds=5, config="", train=60, epochs=40):
    """Two environments of `train` training utterances each; epochs in every stage but the first, which has 40."""
    run = run_by_hand({arm: [end] * seeds for arm in arms}, environments=["home", "office"])
    rows = [(place, f"{n}", "train") for place in run.environments for n in range(train)]
    utterances = pd.DataFrame(rows, columns=["environment", "utterance", "split"]).assign(
        corpus="x", speaker="", gender="", duration_s=2.0, activation=0.0, valence=0.0, emotion=""
    )
    costs = pd.DataFrame(
        [
            (seed, arm.method, arm.memory, stage, epochs if k else 40)
            for seed in run.seeds
            for arm in arms
            for k, stage in enumerate(run.stages)
        ],
        columns=["seed", "method", "memory", "stage", "epochs"],
    )
    return replace(run, config=config, utterances=utterances, costs=costs)


CASES = {
    "nothing learnt": (warnings.nothing_learnt, {"end": 0.1 * GOOD}, {}, "Nothing was learnt: no arm comes to"),
    "worse than at the start": (
        warnings.worse_than_at_the_start,
        {"end": np.array([[0.6, 0.1], [0.1, 0.5]])},
        {},
        "home alone, with Finetuning (activation .35 → .30), Finetuning (valence .35 → .30), ExpeR-random",
    ),
    "few seeds": (warnings.few_seeds, {"seeds": 4}, {"seeds": 5}, "4 seeds only: with fewer than 5"),
    "memory holds everything": (
        warnings.memory_holds_everything,
        {"config": "[memory]\ncapacity = 60"},
        {"config": "[memory]\ncapacity = 59"},
        "Memory holds everything: its capacity of 60 is no less than the training split of home (60); nothing",
    ),
    "epochs at their cap": (
        warnings.epochs_at_their_cap,
        {"config": "[training]\nmax_epochs = 50", "epochs": 50},
        {"config": "[training]\nmax_epochs = 50", "epochs": 49},
        "Early stopping never came in 10 of 15 trainings (home+office): the cap of 50 epochs",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_warning_comes_in_the_bad_case_and_not_in_the_good_one(case):
    check, bad, good, said = CASES[case]

    assert said in " ".join(check(run_of(**bad)))
    assert list(check(run_of(**good))) == []
    assert set(check(run_of(**bad))) <= set(warnings.one_device_warnings(run_of(**bad)))


def test_a_number_of_steps_is_no_cap():
    runs = [run_of(config=f"[training]\nmax_epochs = 50\nmatch = '{m}'", epochs=50) for m in ("epochs", "steps")]
    found = [list(warnings.epochs_at_their_cap(run)) for run in runs]
    assert [len(one) for one in found] == [1, 0]


def test_sampled_memories_that_hold_everything_are_the_same():
    config = "[memory]\ncapacity = 60"
    both = list(warnings.memory_holds_everything(run_of(arms=(FINETUNING, EXPER_RANDOM, LENGTH), config=config)))
    one = list(warnings.memory_holds_everything(run_of(arms=(FINETUNING, EXPER_RANDOM), config=config)))

    assert both[1].startswith("The memories of ExpeR-random and ExpeR-length hold the same utterances of home")
    assert len(one) == 1
    assert not list(warnings.memory_holds_everything(run_of(arms=(FINETUNING, JOINT), config=config)))


def test_what_else_was_recorded_comes_last_and_once():
    run = run_of(seeds=1)
    recorded = replace(run, record={"warnings": ["late", *warnings.few_seeds(run), "late"]})

    assert warnings.one_device_warnings(recorded)[-1] == "late"
    assert len(warnings.one_device_warnings(recorded)) == len(warnings.one_device_warnings(run)) + 1
