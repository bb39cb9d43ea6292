import numpy as np
import pytest

from fedser.privacy.attacks.adversary import Adversary, AdversaryOptions, Projection
from fedser.seeding import generator


def clouds(n, seed, features=300):
    stream = np.random.default_rng(seed)
    classes = np.arange(n) % 2
    rows = stream.normal(size=(n, features))
    rows[:, :10] += 1.2 * classes[:, None]
    return rows.astype(np.float32), classes.astype(np.int64)


def test_the_projection_keeps_all_that_the_shadow_spans():
    rows, _ = clouds(40, 0)
    projection = Projection.fit(rows, 128)
    z = (rows - rows.mean(0)) / rows.std(0)
    assert projection.axes.shape == (300, 39)
    found = projection.apply(rows) * projection.scale
    np.testing.assert_allclose(found @ found.T, z @ z.T, atol=1e-2)
    np.testing.assert_allclose(projection.axes.T @ projection.axes, np.eye(39), atol=1e-3)


def test_the_strongest_axes_are_kept():
    rows, _ = clouds(40, 0)
    z = (rows - rows.mean(0)) / rows.std(0)
    expected = np.linalg.svd(z.astype(np.float64))[2][:5]
    overlap = np.abs(expected @ Projection.fit(rows, 5).axes)
    np.testing.assert_allclose(overlap, np.eye(5), atol=1e-2)


def test_a_mean_of_its_own_undoes_a_shift():
    rows, _ = clouds(40, 0)
    projection = Projection.fit(rows, 16)
    np.testing.assert_allclose(
        projection.apply(rows + 3, (rows + 3).mean(axis=0)), projection.apply(rows), atol=1e-4
    )


def test_constant_elements_do_not_matter():
    rows, _ = clouds(20, 0)
    rows[:, 50:] = 7.0
    projection = Projection.fit(rows, 16)
    assert np.isfinite(projection.apply(rows)).all()
    assert np.abs(projection.axes[50:]).max() < 1e-6


def test_it_learns_classes_and_says_probabilities():
    rows, classes = clouds(120, 1)
    fresh, truth = clouds(400, 2)
    projection = Projection.fit(rows, 64)
    adversary = Adversary(AdversaryOptions(), generator(0, "a")).fit(projection.apply(rows), classes)
    said = adversary.log_probabilities(projection.apply(fresh))
    np.testing.assert_allclose(np.exp(said).sum(axis=1), 1, atol=1e-6)
    assert np.mean(said.argmax(axis=1) == truth) > 0.85


def test_a_rare_class_counts_as_much():
    rows, classes = clouds(200, 1)
    kept = np.flatnonzero((classes == 0) | (np.arange(200) < 30))
    projection = Projection.fit(rows[kept], 64)
    adversary = Adversary(AdversaryOptions(), generator(0, "a")).fit(projection.apply(rows[kept]), classes[kept])
    fresh, truth = clouds(400, 2)
    guessed = adversary.log_probabilities(projection.apply(fresh)).argmax(axis=1)
    assert np.mean(guessed[truth == 1] == 1) > 0.35  # unweighted, it hardly ever says so


@pytest.mark.parametrize("seed", [0, 1])
def test_it_depends_on_its_stream_alone(seed):
    rows, classes = clouds(30, 1, features=8)
    once, again = (Adversary(AdversaryOptions(), generator(seed, "a")).fit(rows, classes) for _ in range(2))
    np.testing.assert_array_equal(once.log_probabilities(rows), again.log_probabilities(rows))
    other = Adversary(AdversaryOptions(), generator(seed + 10, "a")).fit(rows, classes)
    assert not np.array_equal(once.log_probabilities(rows), other.log_probabilities(rows))
