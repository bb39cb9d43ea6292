"""The headline, from scores worked out by hand."""

import numpy as np
from scipy import stats

from fedser.report.one_device.headline import headline
from fedser.results.arms import EXPER_RANDOM, FINETUNING, JOINT, Arm
from fedser.results.sentence import listed
from tests.results.one_device.by_hand import run_by_hand

GEM = Arm("gem", "random")
FIRST = [0.60, 0.10]


def seeds(*last_rows):
    return np.array([[FIRST, row] for row in last_rows])


def plain(sentences):
    return [sentence.replace("\u00a0", " ") for sentence in sentences]


def test_losses_and_tests():
    run = run_by_hand(
        {
            FINETUNING: seeds([0.40, 0.53], [0.42, 0.53], [0.41, 0.53], [0.40, 0.53], [0.42, 0.53]),
            EXPER_RANDOM: seeds([0.54, 0.5], [0.53, 0.5], [0.55, 0.5], [0.54, 0.5], [0.54, 0.5]),
            GEM: seeds([0.70, 0.43], [0.60, 0.43], [0.41, 0.43], [0.40, 0.43], [0.74, 0.43]),
            JOINT: seeds(*[[0.62, 0.6]] * 5),
        },
        environments=["home", "office"],
    )
    # Differences: Joint .22 .20 .21 .22 .20 and ExpeR .14 .11 .14 .14 .12, p < .001 both; GEM .30 .18 .00 .00 .32,
    # t = 2.30, p = .083, the largest of the family, twice: UAR is the same here. On office all are equal.
    assert plain(headline(run)) == [
        "After office, Finetuning lost .19 (.60 → .41) of the activation CCC on home; "
        "ExpeR-random lost .06 (p < .001); GEM-random lost .03 (p = .166) "
        "(p: against Finetuning, two-sided paired t-tests over 5 seeds, corrected by Holm for all tests of "
        "Table 6a on activation).",
        "Averaged over all 2 environments at the end: Finetuning .47, ExpeR-random .52, GEM-random .50; "
        "Joint, a reference: sees all data at once, .61.",
    ]


def test_p_is_corrected_for_the_number_of_tests():
    ends = [[0.40, 0.50], [0.42, 0.53], [0.41, 0.51], [0.40, 0.54], [0.42, 0.52]]
    kept = [[0.44, 0.5], [0.47, 0.5], [0.42, 0.5], [0.41, 0.5], [0.46, 0.5]]
    run = run_by_hand({FINETUNING: seeds(*ends), GEM: seeds(*kept)}, environments=["P", "M"])
    first = stats.ttest_rel([row[0] for row in kept], [row[0] for row in ends]).pvalue
    other = stats.ttest_rel([row[1] for row in kept], [row[1] for row in ends]).pvalue
    assert first < other  # so Holm multiplies it by all four: CCC and UAR, which are the same here, on both
    assert f"p = {4 * first:.3f}".replace("0.", ".") in plain(headline(run))[0]


def test_a_gain_is_called_a_gain_and_equal_differences_have_no_p():
    run = run_by_hand(
        {FINETUNING: seeds([0.5, 0.5], [0.5, 0.5]), GEM: seeds([0.75, 0.5], [0.75, 0.5])}, environments=["P", "M"]
    )
    assert plain(headline(run))[0] == (
        "After M, Finetuning lost .10 (.60 → .50) of the activation CCC on P; GEM-random gained .15."
    )


def test_fewer_than_five_seeds_announce_no_p():
    rows = [[0.5, 0.5], [0.4, 0.5], [0.45, 0.5], [0.42, 0.5]]
    run = run_by_hand({FINETUNING: seeds(*rows), GEM: seeds(*[[0.6, 0.5]] * 4)}, environments=["P", "M"])
    assert "(p" not in " ".join(plain(headline(run)))


def test_a_run_that_learnt_nothing_announces_nothing():
    nothing = {
        arm: 0.1 * seeds(*[[0.3 - k / 50 * (arm == GEM), 0.5] for k in range(5)]) for arm in (FINETUNING, GEM)
    }
    told = headline(run_by_hand(nothing, environments=["P", "M"]))
    assert told[0] == "Nothing was learnt, so there is nothing to forget or to compare."
    assert "p" + chr(160) not in " ".join(told)


def test_without_finetuning_nothing_is_tested():
    run = run_by_hand({Arm("exper", "length"): seeds([0.5, 0.5], [0.4, 0.5])}, environments=["P", "M"])
    assert headline(run)[0] == "After M, ExpeR-length lost .15 (.60 → .45) of the activation CCC on P."


def test_one_environment():
    run = run_by_hand({FINETUNING: [[[0.5]], [[0.7]]]}, environments=["P"])
    assert headline(run) == [
        "Trained on P alone, the model reaches an activation CCC of .60 on its test split; "
        "with one environment there is nothing to forget."
    ]


def test_only_joint():
    run = run_by_hand({JOINT: seeds([0.5, 0.5])}, environments=["P", "M"])
    assert headline(run) == ["Only Joint, a reference that sees all data at once, is in this run."]


def test_lists():
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a and b"
    assert listed(["a", "b", "c"]) == "a, b and c"
