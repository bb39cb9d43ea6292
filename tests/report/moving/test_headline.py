"""The headline, from scores worked out by hand."""

import numpy as np

from fedser.protocol.arms import Arm
from fedser.report.moving.headline import headline
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
        {FINETUNING: lost(0.20, 0.24, 0.22), EXPER: lost(0.03, 0.05, 0.04)}, PLACES, NAMES, start=0.1
    )
    # differences −.17 −.19 −.18: t = −31.2, p = .001
    assert plain(headline(run)) == [
        "Local: with Finetuning, a device's activation CCC on the places it had left ended .22 below its best "
        "there; with ExpeR-random .04 below (significantly better over 3 seeds, p = .001).",
        "At the end, the devices' own models averaged over 2 environments (.10 before any adaptation): "
        "Local Finetuning .34, Local ExpeR-random .43.",
    ]


def test_what_is_not_significant_is_said_so():
    run = moving_by_hand({FINETUNING: lost(0.2, 0.1), EXPER: lost(0.1, 0.16)}, PLACES, NAMES)
    # over seeds −.10 and .06: t = −1/4, p = .844; over devices each of them twice: t = −.433, p = .694
    assert (
        "with ExpeR-random .13 below (not significant over 2 seeds, p = .844; nor over 4 pairs of device and "
        "seed, p = .694)."
    ) in plain(headline(run))[0]


def test_a_gain_is_called_one():
    run = moving_by_hand({FINETUNING: lost(-0.1, -0.1)}, PLACES, NAMES)
    assert "ended .10 above its best there" in headline(run)[0]


def test_sharing_is_compared_with_being_alone():
    run = moving_by_hand({FINETUNING: lost(0.2, 0.1), SHARED: lost(0.3, 0.24)}, PLACES, NAMES)
    assert headline(run)[2].endswith("Local Finetuning .38, Federated Finetuning .32 (the global one .00).")
    # averages are (.9 − lost) / 2: differences −.05 and −.07, t = −6, p = .105; over devices t = −10.4, p = .002
    assert plain(headline(run))[-1] == (
        "Against learning alone, sharing changed that average by: Federated Finetuning −.06 (not significant over "
        "2 seeds, p = .105; worse over 4 pairs of device and seed, p = .002)."
    )


def test_one_seed_is_said():
    run = moving_by_hand({FINETUNING: lost(0.2), EXPER: lost(0.1)}, PLACES, NAMES)
    told = plain(headline(run))
    assert "one seed: no test" in told[0]
    assert told[-1] == "One seed only: another run may differ by chance."


def test_nobody_left_and_one_place():
    stayed = np.full((2, 1, 3, 2), 0.5)
    run = moving_by_hand({FINETUNING: stayed}, [[0, 0, 0]], NAMES)
    assert headline(run)[0] == (
        "Local: no device left a place in which it took part, so there was nothing to forget."
    )
    run = moving_by_hand({FINETUNING: stayed[..., :1]}, [[0, 0, 0]], ["home"])
    assert headline(run)[0] == "All devices stay in one environment, home: there is nothing to forget."


def test_nobody_took_part():
    run = moving_by_hand({FINETUNING: np.full((1, 1, 2, 2), np.nan)}, [[0, 1]], NAMES)
    assert "Local Finetuning –" in headline(run)[1]
