"""Metrics by name: parts pooled are scored as the whole, in every metric that fedser has."""

import numpy as np
import pytest

from fedser.errors import ConfigError
from fedser.metrics import METRICS, Scoreboard, bin_levels, ccc, uar


def series(n, seed):
    stream = np.random.default_rng(seed)
    label = stream.uniform(-1, 1, n)
    return np.clip(0.6 * label + 0.3 * stream.normal(size=n), -1, 1), label


@pytest.mark.parametrize("name", list(METRICS))
@pytest.mark.parametrize("sizes", [(40, 1, 9), (2, 2), (100, 3, 7, 50)])
def test_parts_pooled_are_scored_as_the_whole(name, sizes):
    metric, (prediction, label) = METRICS[name], series(sum(sizes), 1)
    cuts = np.cumsum(sizes)[:-1]
    parts = [
        metric.statistics(*pair) for pair in zip(np.split(prediction, cuts), np.split(label, cuts), strict=True)
    ]
    assert {len(part) for part in parts} == {metric.size}
    pooled = parts[0]
    for part in parts[1:]:
        pooled = metric.pooled(pooled, part)
    assert metric.value(pooled) == pytest.approx(metric.score(prediction, label), abs=1e-12)
    assert all(np.isfinite(pooled))


def test_the_built_in_metrics_are_what_their_names_say():
    prediction, label = series(60, 2)
    found = Scoreboard(("rmse", "uar", "ccc")).score(prediction, label)
    assert list(found) == ["rmse", "uar", "ccc"]
    assert found["ccc"] == ccc(prediction, label)
    assert found["uar"] == uar(bin_levels(prediction), bin_levels(label))
    assert found["rmse"] == pytest.approx(np.sqrt(np.mean((prediction - label) ** 2)), abs=1e-14)


def test_what_a_constant_scores():
    label = np.array([-0.9, -0.8, 0.9])
    assert METRICS["ccc"].of_a_constant(label) == pytest.approx(ccc(np.full(3, 0.2), label), abs=1e-15)
    assert METRICS["uar"].of_a_constant(label) == uar(bin_levels(np.full(3, 0.9)), bin_levels(label)) == 0.5
    assert METRICS["rmse"].of_a_constant(label) is None


def test_a_scoreboard_lays_statistics_one_after_the_other():
    prediction, label = series(30, 3)
    board = Scoreboard(("ccc", "uar", "rmse"))
    numbers = board.statistics(prediction, label)
    assert numbers[:6] == METRICS["ccc"].statistics(prediction, label)
    assert numbers[15:] == METRICS["rmse"].statistics(prediction, label)
    assert board.values(numbers) == pytest.approx(board.score(prediction, label), abs=1e-12)
    with pytest.raises(ValueError, match="the metrics ccc, uar, rmse need 17 numbers, got 15"):
        board.values(numbers[:15])


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["ccc", "uarr"], 'unknown metric "uarr"; did you mean "uar"'),
        (["ccc", "ccc"], '"ccc" is given twice'),
        (["uar"], '"ccc" is missing'),
    ],
)
def test_other_boards_are_refused(names, message):
    with pytest.raises(ConfigError, match=message):
        Scoreboard.of(names)
