"""Which utterances of its past a device replays: real speech, RAVDESS after nEMO."""

import numpy as np
import pytest
from scipy import stats

from fedser.errors import UserError
from fedser.memory import RingBuffer
from fedser.model import ModelOptions, Regressor
from fedser.privacy.attacks.memory_membership import MembershipOptions, Trial, infer_membership, matched_others
from fedser.privacy.attacks.utterance_scores import by_gain, by_influence, by_loss
from fedser.seeding import generator
from fedser.strategies.exper import ExpeR
from fedser.strategies.finetuning import Finetuning
from fedser.strategies.gem import Gem
from fedser.training import Examples, GradientStep, TrainingOptions, predict

QUICK = MembershipOptions(draws=200, controls=100)
KEPT = 60


def adapted(shared, past, new, strategy, memory, seed, epochs=25):
    """The parameters after the new environment, with the memory's utterances under the strategy."""
    shared.parameters.restore(shared.start)
    memories = [past.take(memory)]
    training = Examples.join([new, *strategy.replayed(memories)])
    options = TrainingOptions(learning_rate=5e-3)
    step = GradientStep(
        shared.model, shared.parameters, training, strategy.constraints(memories), strategy, options
    )
    for epoch in range(epochs):
        order = generator(seed, "order", epoch).permutation(len(training))
        for start in range(0, len(order) - 1, 32):
            step(order[start : start + 32], generator(seed, "dropout", epoch, start))
    predicted = predict(shared.model, past)
    shared.parameters.restore(shared.start)
    return predicted


@pytest.fixture(scope="module")
def trials(shared, speech):
    """By method, three seeds each: ring memories of nEMO's last training epoch, then a part of RAVDESS."""
    past, new = speech["nemo"].examples, speech["ravdess"].examples.take(np.arange(0, 960, 8))
    labels = past.labels.double().numpy()
    before = predict(shared.model, past)
    found = {}
    for strategy in (Finetuning(), ExpeR(), Gem()):
        for seed in range(3):
            ring = RingBuffer(KEPT)
            ring.see(generator(seed, "ring").permutation(len(past)).tolist())
            memory = ring.positions()
            after = adapted(shared, past, new, strategy, memory, seed)
            for name, scores in {
                "loss": by_loss(after, labels),
                "gain": by_gain(before, after, labels),
                "influence": by_influence(after, labels),
            }.items():
                found.setdefault((strategy.name, name), []).append(Trial.of(scores, memory, str(seed)))
    return found


def test_replay_reveals_the_memory_and_finetuning_cannot(trials):
    replayed = infer_membership(trials["exper", "gain"], QUICK)
    assert replayed.auc.low > 0.5
    plain = infer_membership(trials["finetuning", "gain"], QUICK)
    assert 0.5 in plain.auc
    assert replayed.auc.estimate > plain.auc.estimate


@pytest.mark.parametrize("score", ["loss", "gain", "influence"])
@pytest.mark.parametrize("method", ["finetuning", "exper", "gem"])
def test_members_drawn_from_non_members_give_one_half(trials, method, score):
    finding = infer_membership(trials[method, score], QUICK)
    assert 0.5 in finding.control.mean
    assert finding.control.low < 0.5 < finding.control.high
    assert (finding.n_members, finding.trials, finding.speakers) == (3 * KEPT, 3, 3)


def test_a_model_that_never_trained_knows_nothing(shared, speech, trials):
    past = speech["nemo"].examples
    members, controls = generator(0, "ring").permutation(len(past))[-KEPT:], []
    for seed in range(4):
        model = Regressor(160, 0, ModelOptions(width=16))
        model.initialise(generator(seed, "random model"))
        controls.append(Trial.of(by_loss(predict(model, past), past.labels.double().numpy()), members, str(seed)))
    assert 0.5 in infer_membership(controls, QUICK).auc
    assert 0.5 not in infer_membership(trials["exper", "loss"], QUICK).auc


def normal_trial(stream, shift, m=40, n=150, speaker="0"):
    return Trial(stream.normal(shift, 1, m), stream.normal(size=n), speaker)


@pytest.mark.parametrize("speakers", [6, 19])
def test_the_interval_of_the_auc_covers_the_truth_over_speakers(speakers):
    """Speakers differ in how well their members can be told; each has two devices."""
    stream, width = np.random.default_rng(2), 0.5
    truth = stats.norm.cdf(0.6 / np.sqrt(2 + width**2))  # of a shift that is itself N(.6, .5²)
    covered = []
    for _ in range(120):
        shifts = stream.normal(0.6, width, speakers)
        trials = [normal_trial(stream, shifts[k // 2], 8, 16, str(k // 2)) for k in range(2 * speakers)]
        covered.append(truth in infer_membership(trials, MembershipOptions(draws=150, controls=2)).auc)
    assert 0.91 <= np.mean(covered) <= 0.985


def test_one_speaker_tells_nothing_of_others():
    stream = np.random.default_rng(0)
    auc = infer_membership([normal_trial(stream, 1.0) for _ in range(3)], QUICK).auc
    assert (auc.low, auc.high) == (0.0, 1.0)


def test_tpr_pools_devices_on_different_scales():
    stream = np.random.default_rng(0)
    trials = [normal_trial(stream, 3.0, 200, 400, str(k)) for k in range(6)]
    stretched = [Trial(t.members * 10**k + k, t.others * 10**k + k, t.speaker) for k, t in enumerate(trials)]
    same, other = (infer_membership(each, QUICK) for each in (trials, stretched))
    assert other.tpr.estimate == pytest.approx(same.tpr.estimate, abs=0.02)
    assert same.tpr.estimate == pytest.approx(0.75, abs=0.08)  # Φ(3 − 2.326)
    assert same.tpr.low < same.tpr.estimate < same.tpr.high


def test_nothing_to_find_gives_the_fpr():
    stream = np.random.default_rng(5)
    finding = infer_membership([normal_trial(stream, 0.0, 400, 800, str(k)) for k in range(5)], QUICK)
    assert 0.01 in finding.tpr
    assert 0.5 in finding.auc


def test_matched_others_have_the_members_proportions():
    strata = np.array([0] * 50 + [1] * 100 + [2] * 10)
    memory = np.array([*range(10), *range(50, 55)])  # 10 of stratum 0, 5 of stratum 1, none of 2
    others = matched_others(memory, strata, np.random.default_rng(0))
    assert not set(others) & set(memory)
    assert np.bincount(strata[others], minlength=3).tolist() == [40, 20, 0]


def test_a_memory_that_keeps_everything_cannot_be_told():
    with pytest.raises(UserError, match="two inside and two outside"):
        Trial.of(np.zeros(5), np.arange(5), "0")
    with pytest.raises(UserError, match="no stratum"):
        matched_others(np.array([0, 1]), np.array([0, 0, 1]), np.random.default_rng(0))
    with pytest.raises(UserError, match="no trial"):
        infer_membership([])
