"""The row space of an update against updates made by hand, least squares and the likelihood itself."""

import numpy as np
import pytest
from scipy import optimize, stats

from fedser.privacy.attacks.gradient_inversion import normalised_input
from fedser.privacy.attacks.roc import auc
from fedser.privacy.attacks.row_space import SentRound, by_row_space, likelihood, noise_floor, outside
from fedser.privacy.attacks.update import ParameterLayout

OUTPUTS, WIDTH = 64, 40
LAYOUT = ParameterLayout(
    {
        "trunk.0.gain": (0, (WIDTH,)),
        "trunk.0.shift": (WIDTH, (WIDTH,)),
        "trunk.0.weight": (2 * WIDTH, (OUTPUTS, WIDTH)),
    }
)


def sent(inside, stream, noise=0.0, gain=1.0, shift=0.0):
    """An update learnt from embeddings (n, WIDTH), with errors drawn at random."""
    before = np.zeros(2 * WIDTH + OUTPUTS * WIDTH)
    before[:WIDTH], before[WIDTH : 2 * WIDTH] = gain, shift
    inputs = normalised_input(inside) * gain + shift
    change = stream.normal(size=(OUTPUTS, len(inside))) @ inputs + noise * stream.normal(size=(OUTPUTS, WIDTH))
    after = before.copy()
    after[2 * WIDTH :] += change.ravel()
    return SentRound(before, after, len(inside))


def test_what_lies_outside_is_what_least_squares_leaves():
    stream = np.random.default_rng(0)
    basis, inputs = stream.normal(size=(5, WIDTH)), stream.normal(size=(7, WIDTH))
    change = stream.normal(size=(OUTPUTS, 5)) @ basis
    left = inputs - (basis.T @ np.linalg.lstsq(basis.T, inputs.T, rcond=None)[0]).T
    expected = (left**2).sum(axis=1) / (inputs**2).sum(axis=1)
    np.testing.assert_allclose(outside(change, inputs, 5), expected, atol=1e-12)
    assert outside(change, inputs, WIDTH).max() < 1e-12, "as many utterances as dimensions hide one another"


def test_members_stand_out_exactly_whatever_gain_and_shift():
    stream = np.random.default_rng(1)
    heard, new = stream.normal(size=(20, WIDTH)), stream.normal(size=(6, WIDTH))
    gain, shift = stream.uniform(0.5, 2, WIDTH), stream.normal(size=WIDTH)
    update = sent(np.concatenate([heard[:6], new]), stream, gain=gain, shift=shift)
    scores = by_row_space([update], LAYOUT, heard)
    np.testing.assert_allclose(scores[:6], -np.log(1e-6), atol=1e-3)
    assert scores[6:].max() < 3
    other = sent(new, stream, gain=gain, shift=shift)
    assert by_row_space([other], LAYOUT, heard).max() < 3, "who keeps nothing gives nothing away"


@pytest.mark.parametrize("scale", [1.0, 0.37, 0.004])
def test_who_starts_anew_is_seen_from_its_origin_through_a_clip_of_unknown_scale(scale):
    stream = np.random.default_rng(7)
    heard, new = stream.normal(size=(20, WIDTH)), stream.normal(size=(6, WIDTH))
    learnt = sent(np.concatenate([heard[:6], new]), stream)
    received = learnt.before.copy()
    received[2 * WIDTH :] += stream.normal(size=OUTPUTS * WIDTH)
    clipped = SentRound(received, received + scale * (learnt.after - received), 12, origin=learnt.before)
    scores = by_row_space([clipped], LAYOUT, heard)
    assert scores[:6].min() > 10
    assert scores[6:].max() < 3
    moved = LAYOUT.part(clipped.after - clipped.before, "trunk.0.weight")
    assert outside(moved, normalised_input(heard[:6]), 12).min() > 1e-3, "not from what it received"


@pytest.mark.parametrize("shape", [(64, 40), (40, 64), (256, 160)])
@pytest.mark.parametrize("rank", [0, 4])
def test_the_floor_is_the_noise(shape, rank):
    stream = np.random.default_rng(2)
    signal = stream.normal(size=(shape[0], rank)) @ stream.normal(size=(rank, shape[1]))
    assert noise_floor(signal + 0.3 * stream.normal(size=shape)) == pytest.approx(0.3, rel=0.1)
    assert noise_floor(signal) < 1e-12


def test_the_likelihood_is_at_its_maximum():
    """Against a numerical search over the marginal likelihood of the rows, from SciPy's own density."""
    stream, noise = np.random.default_rng(3), 0.5
    inputs = stream.normal(size=(3, 4))
    change = stream.normal(size=(400, 2)) * [1.0, 0.5] @ inputs[:2] + noise * stream.normal(size=(400, 4))

    def loss(log_gamma):
        covariance = noise**2 * np.eye(4) + (inputs.T * np.exp(log_gamma)) @ inputs
        return -stats.multivariate_normal(np.zeros(4), covariance).logpdf(change).sum()

    best = optimize.minimize(loss, np.zeros(3), bounds=[(-30, 5)] * 3, tol=1e-12).x
    found = likelihood(change, inputs, noise, 5000) - np.log((inputs**2).sum(axis=1))
    np.testing.assert_allclose(found[:2], best[:2], atol=1e-3)
    assert found[2] < found[:2].min() - 3
    assert best[2] < best[:2].min() - 3


def test_under_noise_rounds_add_up_and_beat_the_row_space_alone():
    stream = np.random.default_rng(4)
    one, three, space = [], [], []
    for _ in range(20):
        shared = stream.normal(size=WIDTH)
        heard, new = (shared + stream.normal(size=(n, WIDTH)) for n in (24, 8))
        updates = [sent(np.concatenate([heard[:8], new]), stream, noise=10.0) for _ in range(3)]
        for found, rounds in ((one, updates[:1]), (three, updates)):
            scores = by_row_space(rounds, LAYOUT, heard)
            found.append(auc(scores[:8], scores[8:]))
        change = LAYOUT.part(updates[0].after, "trunk.0.weight")
        alone = -outside(change, normalised_input(heard), 16)
        space.append(auc(alone[:8], alone[8:]))
    assert 0.55 < np.mean(space) < np.mean(one) < np.mean(three) < 0.98


def test_noise_alone_gives_chance():
    stream, found = np.random.default_rng(5), []
    for _ in range(60):
        heard = stream.normal(size=(24, WIDTH))
        scores = by_row_space([sent(heard[:8] * 0, stream, noise=1.0)], LAYOUT, heard)
        found.append(auc(scores[:8], scores[8:]))
    assert np.mean(found) == pytest.approx(0.5, abs=0.05)
