import numpy as np
import pytest

from fedser.metrics import ccc
from fedser.privacy.attacks.utterance_scores import by_gain, by_influence, by_loss


def data(n=25):
    stream = np.random.default_rng(0)
    label = stream.uniform(-1, 1, size=(n, 2))
    return label + stream.normal(size=(n, 2)) * 0.4, label


def test_influence_is_the_ccc_without_each_utterance():
    prediction, label = data()
    expected = [
        sum(
            ccc(prediction[:, k], label[:, k]) - ccc(np.delete(prediction[:, k], i), np.delete(label[:, k], i))
            for k in (0, 1)
        )
        for i in range(len(label))
    ]
    np.testing.assert_allclose(by_influence(prediction, label), expected, atol=1e-12)


def test_loss_and_gain():
    prediction, label = data(4)
    np.testing.assert_allclose(
        by_loss(prediction, label), [-sum(d * d for d in row) for row in prediction - label]
    )
    np.testing.assert_allclose(by_gain(prediction, label, label), -by_loss(prediction, label))


def test_shapes_are_checked():
    with pytest.raises(ValueError, match="targets"):
        by_loss(np.zeros((3, 2)), np.zeros((3, 1)))
    with pytest.raises(ValueError, match="three"):
        by_influence(np.zeros((2, 2)), np.zeros((2, 2)))
