"""The headline, from scores worked out by hand."""

from dataclasses import replace

import numpy as np

from fedser.protocol.arms import Arm
from fedser.report.moving.headline import headline
from fedser.results.moving.guarantee import privacy_table
from tests.results.moving.by_hand import moving_by_hand

FINETUNING, EXPER = Arm("finetuning", "none", "local"), Arm("exper", "random", "local")
SHARED = Arm("finetuning", "none", "federated")
PLACES = [[0, 1], [1, 0]]
NAMES = ["home", "café"]


def lost(*losses):
    """Two devices a seed, each with .5 on its first place; both lose what is given for the seed."""
    return [[[[0.5, 0.0], [0.5 - x, 0.4]], [[0.0, 0.5], [0.4, 0.5 - x]]] for x in losses]


def plain(sentences):
    return [sentence.replace("\u00a0", " ") for sentence in sentences]


def test_forgetting_with_and_without_memory():
    run = moving_by_hand(
        {FINETUNING: lost(0.20, 0.24, 0.22, 0.22, 0.22), EXPER: lost(0.03, 0.05, 0.04, 0.03, 0.05)},
        PLACES,
        NAMES,
        start=0.1,
    )
    # differences −.17 −.19 −.18 −.19 −.17: t = −40.2, p < .001
    assert plain(headline(run)) == [
        "After 2 rounds the devices' own models have, averaged over 2 environments, an activation CCC of .34 with "
        "Local Finetuning, .43 with Local ExpeR-random; before any adaptation it was .10.",
        "Local: with Finetuning, a device's activation CCC on the places it had left ended .22 below its best "
        "there; with ExpeR-random .04 below (significantly better against Local Finetuning, p < .001, two-sided "
        "paired t-test over 5 seeds).",
    ]


def test_what_is_not_significant_is_said_so():
    run = moving_by_hand(
        {FINETUNING: lost(0.2, 0.1, 0.2, 0.1, 0.2), EXPER: lost(0.1, 0.16, 0.1, 0.16, 0.1)}, PLACES, NAMES
    )
    # differences −.10 .06 −.10 .06 −.10: t = −.92, p = .410
    assert (
        "with ExpeR-random .12 below (not significant against Local Finetuning, p = .410,"
        in plain(headline(run))[1]
    )


def test_a_gain_is_called_one():
    run = moving_by_hand({FINETUNING: lost(-0.1, -0.1)}, PLACES, NAMES)
    assert "ended .10 above its best there" in headline(run)[1]


def test_sharing_is_compared_with_being_alone():
    run = moving_by_hand({FINETUNING: lost(*[0.2, 0.1] * 3), SHARED: lost(*[0.3, 0.24] * 3)}, PLACES, NAMES)
    assert ".38 with Local Finetuning, .32 with Federated Finetuning (the global one .00);" in headline(run)[0]
    # averages are (.9 − lost) / 2: differences −.05 and −.07 in turn: t = −13.4, p < .001
    assert plain(headline(run))[-1] == (
        "Against learning alone, sharing changed that average by: Federated Finetuning −.06 (significantly worse "
        "against Local Finetuning, p < .001, two-sided paired t-test over 6 seeds)."
    )


def test_few_seeds_announce_no_p():
    run = moving_by_hand({FINETUNING: lost(*[0.2, 0.1] * 2), EXPER: lost(*[0.1, 0.04] * 2)}, PLACES, NAMES)
    assert "p" + chr(160) not in " ".join(headline(run))


def test_a_run_that_learnt_nothing_announces_nothing():
    nothing = {arm: 0.05 * np.array(lost(*[0.2, 0.1 * k] * 3)) for k, arm in enumerate((FINETUNING, EXPER))}
    told = headline(moving_by_hand(nothing, PLACES, NAMES))
    assert told[0] == "Nothing was learnt, so there is nothing to forget or to compare."
    assert "p" + chr(160) not in " ".join(told)


def test_what_privacy_was_spent_is_the_second_sentence():
    spent = {"mechanism": "central", "delta": 0.01, "clip": 0.5, "sampling": "poisson", "unit": "device"}
    spent["published_together"] = {"device": 9.1, "owner": "infinite"}
    arms = [
        {"seed": s, "arm": "federated:exper", "noise_multiplier": 1.0, "sampling_rate": 0.5, "rounds": 4}
        for s in (0, 1)
    ]
    units = [{"epsilon": e, "epsilon_device": e, "epsilon_owner": 2 * e} for e in (3.2, 7.961)]
    record = {"privacy": spent | {"arms": [arm | unit for arm, unit in zip(arms, units, strict=True)]}}
    run = replace(moving_by_hand({SHARED: lost(0.2, 0.1)}, PLACES, NAMES), record=record)
    assert headline(run)[1].startswith(
        "Privacy: the shared model has device-level ε ≤ 7.97 at δ = 0.01 in the end (central noise"
    )
    (table,) = privacy_table(run)
    assert list(table.rows()) == [("federated:exper", "7.97", "15.93", "–", "0.01", "0.5", "1.000", ".500", "4")]
    assert table.notes[-1].endswith("published together have ε ≤ 9.10 by device, ≤ ∞ by owner.")
    record["privacy"]["arms"][1]["audit"] = {"shown": 1.239}
    (table,) = privacy_table(run)
    assert next(table.rows())[1:4] == ("7.97", "15.93", "1.23"), "one bound is rounded up, the other down"
    record["privacy"]["arms"][0]["epsilon"] = "infinite"
    assert "nothing is guaranteed" in headline(run)[1]
    assert not privacy_table(moving_by_hand({SHARED: lost(0.2)}, PLACES, NAMES))


def test_nobody_left_and_one_place():
    stayed = np.full((2, 1, 3, 2), 0.5)
    run = moving_by_hand({FINETUNING: stayed}, [[0, 0, 0]], NAMES)
    assert headline(run)[1] == (
        "Local: no device left a place in which it took part, so there was nothing to forget."
    )
    run = moving_by_hand({FINETUNING: stayed[..., :1]}, [[0, 0, 0]], ["home"])
    assert headline(run)[1] == "All devices stay in one environment, home: there is nothing to forget."


def test_nobody_took_part():
    run = moving_by_hand({FINETUNING: np.full((1, 1, 2, 2), np.nan)}, [[0, 1]], NAMES)
    assert "– with Local Finetuning" in headline(run)[1]
