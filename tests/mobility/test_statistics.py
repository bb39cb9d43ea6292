"""What devices do against what the configuration says, by tests that refuse another configuration."""

import numpy as np
import pytest
from scipy import stats

from fedser.mobility import Itinerary, dwell_lengths, plan, transition_counts
from tests.mobility.itineraries import ENVIRONMENTS, MATRIX, moves, semi_markov

LIKELY, UNLIKELY = 0.01, 1e-9


def transitions_p(counts, matrix):
    """Chi-square of the counts of moves, row by row, against the probabilities."""
    statistic, freedom = 0.0, 0
    for row, chances in zip(counts, np.array(matrix), strict=True):
        expected = row.sum() * chances
        assert row[chances == 0].sum() == 0
        possible = chances > 0
        statistic += ((row - expected)[possible] ** 2 / expected[possible]).sum()
        freedom += possible.sum() - 1
    return stats.chi2.sf(statistic, freedom)


def lengths_p(lengths, mass):
    """Chi-square of stays against the probability mass of 1, 2, … rounds, rare ones put together."""
    size = len(lengths)
    last = next(k for k in range(1, 10_000) if size * (1 - sum(mass(j) for j in range(1, k + 1))) < 10)
    chances = np.array([mass(k) for k in range(1, last)])
    expected = size * np.append(chances, 1 - chances.sum())
    observed = np.append([np.sum(lengths == k) for k in range(1, last)], np.sum(lengths >= last))
    kept = expected > 1e-9
    assert observed[~kept].sum() == 0
    return stats.chisquare(observed[kept], expected[kept]).pvalue


@pytest.fixture(scope="module")
def counts():
    options = semi_markov(transitions=MATRIX, dwell={"kind": "uniform", "low": 1, "high": 3})
    return transition_counts(plan(*options, ENVIRONMENTS, 200, 200, seed=1), 4)


def test_moves_follow_the_matrix(counts):
    assert counts.sum() > 10_000
    assert np.diag(counts).tolist() == [0] * 4
    assert transitions_p(counts, MATRIX) > LIKELY


@pytest.mark.parametrize(("row", "change"), [(0, [0, 0.05, 0, -0.05]), (2, [-0.05, 0.05, 0, 0])])
def test_moves_refuse_another_matrix(counts, row, change):
    other = np.array(MATRIX)
    other[row] += change
    assert transitions_p(counts, other) < UNLIKELY


def test_moves_of_a_table_and_of_a_preset_follow_them():
    table = {
        a: {b: p for b, p in zip(ENVIRONMENTS, row, strict=True) if p}
        for a, row in zip(ENVIRONMENTS, MATRIX, strict=True)
    }
    by_table = plan(*semi_markov(transitions=table, preset="fast"), ENVIRONMENTS, 50, 100, 0)
    by_matrix = plan(*semi_markov(transitions=MATRIX, preset="fast"), ENVIRONMENTS, 50, 100, 0)
    assert np.array_equal(by_table.places, by_matrix.places)
    uniform = plan(*semi_markov(preset="fast"), ENVIRONMENTS, 200, 100, 0)
    assert transitions_p(transition_counts(uniform), (1 - np.eye(4)) / 3) > LIKELY


DWELLS = [
    ({"kind": "geometric", "mean": 4}, stats.geom(1 / 4).pmf, stats.geom(1 / 5).pmf),
    ({"kind": "geometric", "mean": 1.5}, stats.geom(1 / 1.5).pmf, stats.poisson(0.5, loc=1).pmf),
    ({"kind": "poisson", "mean": 6}, stats.poisson(5, loc=1).pmf, stats.poisson(6).pmf),
    ({"kind": "uniform", "low": 2, "high": 7}, stats.randint(2, 8).pmf, stats.randint(1, 8).pmf),
]


@pytest.mark.parametrize(("dwell", "mass", "other"), DWELLS)
def test_stays_follow_the_dwell_and_refuse_another(dwell, mass, other):
    """The first stays, in runs so long that none of them is cut off: short stays are not preferred."""
    itinerary = plan(*semi_markov(transitions=MATRIX, dwell=dwell), ENVIRONMENTS, 4000, 50, seed=2)
    stays = dwell_lengths(itinerary)
    first = stays[stays["first_round"] == 1]
    assert len(first) == 4000
    assert not first["censored"].any()
    assert lengths_p(first["rounds"].to_numpy(), mass) > LIKELY
    assert lengths_p(first["rounds"].to_numpy(), other) < UNLIKELY


@pytest.mark.parametrize(("preset", "mean"), [("slow", 10), ("medium", 5), ("fast", 2)])
def test_stays_of_the_presets(preset, mean):
    stays = dwell_lengths(plan(*semi_markov(preset=preset), ENVIRONMENTS, 1000, 20 * mean, seed=0))
    first = stays.loc[stays["first_round"] == 1, "rounds"].to_numpy()
    assert lengths_p(first, stats.geom(1 / mean).pmf) > LIKELY


def test_spells_of_availability_have_the_mean_lengths():
    options = moves(availability={"mean_on": 8, "mean_off": 2.5})
    available = plan(*options, ENVIRONMENTS, 500, 200, seed=0).available
    spells = dwell_lengths(Itinerary(available.astype(np.int64), available))
    # Spells that begin in the first half are hardly ever cut off, and taking them by their beginning is fair.
    whole = spells[(spells["first_round"] > 1) & (spells["first_round"] < 100)]
    for on, mean in ((1, 8), (0, 2.5)):
        lengths = whole.loc[whole["environment"] == on, "rounds"].to_numpy()
        assert lengths_p(lengths, stats.geom(1 / mean).pmf) > LIKELY
        assert lengths_p(lengths, stats.geom(1 / (mean * 1.25)).pmf) < UNLIKELY


def test_rounds_of_availability_are_independent():
    available = plan(*moves(availability=0.6), ENVIRONMENTS, 500, 40, seed=0).available
    pairs = np.histogram2d(available[:, 0::2].ravel(), available[:, 1::2].ravel(), bins=2)[0]
    assert stats.chisquare(pairs.ravel(), 10_000 * np.array([0.16, 0.24, 0.24, 0.36])).pvalue > LIKELY


def test_counts_and_stays_by_hand():
    places = np.array([[0, 0, 1, 1, 1, 0], [2, 2, 2, 2, 2, 2]])
    itinerary = Itinerary(places, np.ones_like(places, dtype=bool))
    assert transition_counts(itinerary).tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
    assert transition_counts(itinerary, 4).shape == (4, 4)
    assert dwell_lengths(itinerary).to_numpy().tolist() == [
        [0, 0, 1, 2, False],
        [0, 1, 3, 3, False],
        [0, 0, 6, 1, True],
        [1, 2, 1, 6, True],
    ]
