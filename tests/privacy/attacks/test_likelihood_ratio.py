"""LiRA where the answer is known: errors that are Gaussian in the logarithm, lower for what was learnt from."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from fedser.privacy.attacks.likelihood_ratio import (
    ShadowModels,
    by_likelihood_ratio,
    deviations_below,
    drawn_memories,
)
from fedser.privacy.attacks.memory_membership import MembershipOptions, Trial, infer_membership
from fedser.privacy.attacks.roc import auc

CANDIDATES, KEPT = 24, 8


def a_past(stream, shift, rounds=1, learns=True):
    """A device whose "model" is the candidates' log errors, `shift` deviations lower for its memory."""
    hard = stream.normal(0, 4, CANDIDATES)
    varies = stream.uniform(0.1, 0.5, CANDIDATES)
    kept = np.sort(stream.permutation(CANDIDATES)[:KEPT])

    def model(members):
        lower = np.isin(np.arange(CANDIDATES), members) if learns else 0.0
        return hard + varies * (stream.normal(size=CANDIDATES) - shift * lower)

    return SimpleNamespace(
        speaker="s",
        examples=range(CANDIDATES),
        kept=kept,
        sent=[SimpleNamespace(after=model(kept)) for _ in range(rounds)],
        again=lambda k, members, trial: model(members),
    )


def scores_of(pasts, shadows, stream):
    return [by_likelihood_ratio(past, np.exp, ShadowModels(shadows), stream) for past in pasts]


def trials(pasts, scores):
    return [Trial.of(score, past.kept, str(k)) for k, (past, score) in enumerate(zip(pasts, scores, strict=True))]


@pytest.mark.parametrize(("shift", "rounds"), [(1.0, 1), (1.0, 3)])
def test_the_area_is_that_of_two_gaussians(shift, rounds, monkeypatch):
    """With many shadows a score is N(0, 1) for a stranger and N(shift, 1) for a member; rounds add up."""
    monkeypatch.setattr("fedser.privacy.attacks.likelihood_ratio.LEAST_ERROR", 0.0)
    stream = np.random.default_rng(3)
    pasts = [a_past(stream, shift, rounds) for _ in range(60)]
    found = infer_membership(
        trials(pasts, scores_of(pasts, 100, stream)), MembershipOptions(draws=100, controls=2)
    )
    truth = stats.norm.cdf(shift * np.sqrt(rounds / 2))
    assert truth in found.auc
    assert found.auc.estimate == pytest.approx(truth, abs=0.03)
    by_loss = [auc(-past.sent[-1].after[past.kept], -np.delete(past.sent[-1].after, past.kept)) for past in pasts]
    assert np.mean(by_loss) < 0.56, "how hard each is hides it from the loss alone"


def test_sixteen_shadows_are_enough_to_see_it():
    stream = np.random.default_rng(4)
    pasts = [a_past(stream, 3.0) for _ in range(30)]
    found = infer_membership(trials(pasts, scores_of(pasts, 16, stream)), MembershipOptions(draws=100, controls=2))
    assert found.auc.estimate > 0.95
    assert found.tpr.low > 0.1


def test_a_memory_that_is_not_learnt_from_gives_one_half():
    stream = np.random.default_rng(5)
    pasts = [a_past(stream, 3.0, learns=False) for _ in range(60)]
    found = infer_membership(
        trials(pasts, scores_of(pasts, 16, stream)), MembershipOptions(draws=200, controls=20)
    )
    assert 0.5 in found.auc
    assert found.auc.high - found.auc.low < 0.12
    assert 0.01 in found.tpr


def test_the_latest_rounds_alone_can_be_asked():
    past = a_past(np.random.default_rng(6), 1.0, 3)
    asked = []
    past.again = lambda k, members, trial: asked.append(k) or past.sent[k].after
    by_likelihood_ratio(past, np.exp, ShadowModels(2, 2), np.random.default_rng(0))
    assert set(asked) == {1, 2}


@pytest.mark.parametrize(("candidates", "size"), [(24, 4), (24, 8), (10, 8), (5, 4), (7, 1)])
def test_memories_leave_every_candidate_out_often_enough(candidates, size):
    memories = list(drawn_memories(candidates, size, 16, np.random.default_rng(0)))
    assert all(len(np.unique(kept)) == size for kept in memories)
    inside = np.bincount(np.concatenate(memories), minlength=candidates)
    outside = len(memories) - inside
    assert outside.min() == 16
    assert inside.max() - inside.min() <= 1, "all are in equally often"


def test_deviations_are_those_of_the_models_without_it():
    shadows = np.array([[1.0, 5.0], [3.0, 9.0], [99.0, 7.0]])
    outside = np.array([[True, True], [True, True], [False, True]])
    found = deviations_below(np.array([0.0, 7.0]), shadows, outside)
    assert found == pytest.approx([2 / np.std([1, 3], ddof=1), 0.0])


def test_what_cannot_be_lived_again_is_refused():
    with pytest.raises(ValueError, match="lived again"):
        by_likelihood_ratio(
            SimpleNamespace(speaker="s", again=None), np.exp, ShadowModels(2), np.random.default_rng(0)
        )
    with pytest.raises(ValueError, match="leave nothing"):
        next(drawn_memories(4, 4, 2, np.random.default_rng(0)))
