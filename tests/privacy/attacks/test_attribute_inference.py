"""Gender from updates of real speech: shadow RAVDESS (English), target nEMO (Polish)."""

from dataclasses import replace

import numpy as np
import pytest

from fedser.errors import UserError
from fedser.privacy.attacks import Interval, Null
from fedser.privacy.attacks.attribute_inference import (
    AttributeFinding,
    AttributeOptions,
    corrected_p_values,
    infer_attribute,
)

STRONG = AttributeOptions(centred_on="target", shuffles=30)
QUICK = AttributeOptions(shuffles=3)


@pytest.fixture(scope="module")
def findings(shared, shadow_updates, target_updates):
    return infer_attribute(shadow_updates, target_updates, shared.layout, "trunk.0", "inputs", STRONG, 0, (1, 4))


def test_gender_leaks_from_the_first_layer_without_defence(findings):
    """Nine speakers settle no p below .1 on every processor; what they show is far above shuffled labels."""
    for finding in findings:
        assert finding.uar.estimate > 0.65
        assert finding.uar.estimate > np.quantile(finding.control.values, 0.8)
        assert finding.classes == ("female", "male")
        assert (finding.speakers, finding.shadow_speakers, finding.shadow_updates) == (9, 24, 96)
    assert [finding.n for finding in findings] == [72, 18]


def test_shuffled_labels_give_chance(findings):
    for finding in findings:
        assert 0.5 in finding.control.mean
        assert len(finding.control.values) == 30
        assert np.ptp(finding.control.values) > 0


def test_nothing_is_found_where_updates_carry_nothing(shared, shadow_updates, target_updates):
    """The same devices, but what they send is noise."""
    stream = np.random.default_rng(0)

    def noise(update):
        after = update.before + stream.normal(size=update.before.shape).astype(np.float32) * 1e-3
        return replace(update, after=after)

    blurred = [[noise(update) for update in part] for part in (shadow_updates, target_updates)]
    (finding,) = infer_attribute(*blurred, shared.layout, "trunk.0", "inputs", STRONG)
    assert 0.5 in finding.uar


def test_the_papers_features_run_on_any_layer_and_are_repeatable(shared, shadow_updates, target_updates):
    options = AttributeOptions(shuffles=3, epochs=20)
    once, again = (
        infer_attribute(shadow_updates, target_updates[:24], shared.layout, "activation.0", "gradient", options)
        for _ in range(2)
    )
    assert once == again
    terms = shared.layout, "activation.0", "gradient", options
    (other,) = infer_attribute(shadow_updates, target_updates[:24], *terms, seed=1)
    assert other.control.values != once[0].control.values


def test_the_paper_s_attack_learns_its_own_shadow(shared, shadow_updates):
    """Half of the shadow's speakers against the other half: one corpus, no speaker in both."""
    speakers = sorted({update.speaker for update in shadow_updates})
    first = set(speakers[:16])
    parts = [[u for u in shadow_updates if (u.speaker in first) is inside] for inside in (True, False)]
    (finding,) = infer_attribute(*parts, shared.layout, "trunk.0", "inputs", QUICK)
    assert finding.uar.low > 0.5


def test_the_adversary_is_stated(findings):
    assert "4 rounds" in findings[1].statement
    assert "mean of all target devices" in findings[0].statement
    assert "no speech, label or attribute" in findings[0].statement


def test_a_speaker_in_both_federations_is_refused(shared, shadow_updates, target_updates):
    mixed = [*target_updates, shadow_updates[0]]
    with pytest.raises(UserError, match=f"1 speakers .* such as {shadow_updates[0].speaker}"):
        infer_attribute(shadow_updates, mixed, shared.layout)


def test_what_cannot_be_attacked_is_refused(shared, shadow_updates, target_updates):
    women = [update for update in shadow_updates if update.attribute == "female"]
    with pytest.raises(UserError, match="every class"):
        infer_attribute(women, target_updates, shared.layout)
    unknown = [replace(target_updates[0], attribute=""), *target_updates[1:]]
    with pytest.raises(UserError, match="unknown"):
        infer_attribute(shadow_updates, unknown, shared.layout)
    with pytest.raises(UserError, match="got none of one"):
        infer_attribute(shadow_updates, [], shared.layout)
    with pytest.raises(UserError, match="no device has 9 leaked rounds"):
        infer_attribute(shadow_updates, target_updates[:8], shared.layout, "trunk.3", "inputs", QUICK, 0, (9,))


def finding(uar, shuffled):
    interval = Interval.known(uar)
    return AttributeFinding("layer", 1, interval, Null.of(shuffled), 0.0, ("a", "b"), 8, 8, 80, 40, "")


def test_p_is_corrected_for_the_best_of_all_layers():
    """By hand: the best of both layers in the four shuffles is .7, .6, .9 and .5."""
    layers = [finding(0.8, [0.7, 0.2, 0.4, 0.5]), finding(0.6, [0.1, 0.6, 0.9, 0.3])]
    assert corrected_p_values(layers) == [2 / 5, 4 / 5]
    assert layers[0].control.p_value(0.8) == 1 / 5, "alone it would look better"


def test_the_corrected_p_holds_its_level_where_nothing_is_to_be_found():
    """The smallest of eight layers' p falls below 1/20 in one of twenty cases, not in eight."""
    stream, small, naive = np.random.default_rng(0), [], []
    for _ in range(600):
        values = stream.normal(size=(8, 20)) + stream.normal(size=20)
        layers = [finding(row[0], row[1:].tolist()) for row in values]
        small.append(min(corrected_p_values(layers)) <= 0.05)
        naive.append(min(layer.control.p_value(layer.uar.estimate) for layer in layers) <= 0.05)
    assert 0.03 <= np.mean(small) <= 0.07
    assert np.mean(naive) > 0.1
