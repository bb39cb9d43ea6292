"""How the owner felt, against an independent reckoning, and nothing where nothing was sent."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from fedser.errors import UserError
from fedser.privacy.attacks import View
from fedser.privacy.attacks.mood import MoodAttack
from fedser.protocol import Arm
from simulations.privacy_studies.noisy_view import NoisyView
from simulations.privacy_studies.observed_arm import ObservedArm

QUICK = MoodAttack(shuffles=100, draws=200)


def observed(attacked, **more):
    return ObservedArm(attacked, attacked.arms[0], range(1), **more)


def findings(arm):
    return {finding.variant: finding for finding in QUICK.run(View(arm, arm))}


def test_it_is_the_correlation_of_the_bias_with_the_labels_within_rounds(attacked):
    arm = observed(attacked)
    start, shape = arm.layout.places["valence.1.bias"]
    assert shape == (1,)
    rows = pd.DataFrame(
        {
            "round": update.round,
            "raised": float(update.after[start]) - float(update.before[start]),
            "label": arm.learnt_from(update).labels[:, 1].double().mean().item(),
        }
        for update in arm.updates()
    )
    centred = rows - rows.groupby("round").transform("mean").reindex(columns=rows.columns, fill_value=0.0)
    expected = stats.pearsonr(centred["raised"], centred["label"]).statistic
    found = findings(arm)["valence"]
    assert found.estimate.estimate == pytest.approx(expected, abs=1e-12)
    assert found.estimate.estimate in found.estimate
    assert found.n == len(rows) == 32


class Planted(ObservedArm):
    """Every device raises the bias of valence by the mean of its labels, and by what all of its round do."""

    def updates(self):
        start, _ = self.layout.places["valence.1.bias"]
        planted = []
        for update in super().updates():
            after = update.before.copy()
            after[start] += 0.1 * self.learnt_from(update).labels[:, 1].mean().item() - update.round
            planted.append(replace(update, after=after))
        return planted


def test_what_is_planted_is_found_there_and_nowhere_else(attacked):
    found = findings(Planted(attacked, attacked.arms[0], range(1)))
    assert found["valence"].estimate.estimate == pytest.approx(1.0, abs=1e-5)
    assert found["valence"].estimate.low > found["valence"].control.high
    assert found["valence"].p_value == pytest.approx(1 / 101)
    assert found["activation"].estimate.estimate == 0.0


def test_controls_are_centred_on_nothing_and_noise_leaves_nothing(attacked):
    blurred = findings(observed(attacked, noise=NoisyView(10.0, "target", "arm")))
    for found in blurred.values():
        assert abs(found.control.estimate) < 0.1
        assert found.estimate.estimate in found.control


def test_a_device_alone_in_its_round_says_nothing(attacked):
    class Alone(ObservedArm):
        def updates(self):
            return [update for update in super().updates() if update.device == "0/3"]

    arm = Alone(attacked, attacked.arms[0], range(1))
    with pytest.raises(UserError, match=r"federated:finetuning.*no round has two updates"):
        list(QUICK.run(View(arm, arm)))


def test_it_needs_the_heads():
    assert "heads stay" in QUICK.refusal(Arm.parse_shared("personal-head:exper"), [])
    assert QUICK.refusal(Arm.parse_shared("federated:exper@krum"), []) == ""


def test_the_same_view_gives_the_same(attacked):
    assert findings(observed(attacked)) == findings(observed(attacked))
    assert np.ptp([f.control.low for f in findings(observed(attacked)).values()]) > 0
