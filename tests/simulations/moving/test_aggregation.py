"""From updates to a model, against float64 references; what a rule remembers survives a stop."""

import numpy as np
import pytest
import torch
from flwr.app import Message, RecordDict

from clients.payload import arrays
from fedser import whole_files
from simulations.engines import internals
from simulations.moving.aggregation import Aggregation
from simulations.moving.config import AggregationSection

SIZE = 300


@pytest.fixture
def like():
    internals.take_identity()
    question = Message(RecordDict(), 2, "train", group_id="1")
    internals.name(question, 1)
    return Message(RecordDict(), reply_to=question)


def rule(**values):
    return Aggregation(AggregationSection.read(values, "test"))


def updates(seed, count=5):
    stream = np.random.default_rng(seed)
    vectors = stream.normal(size=(count, SIZE)).astype(np.float32)
    return vectors, stream.integers(2, 90, count).tolist()


def merged(aggregation, shared, vectors, examples, like, round=1):
    found = [(arrays(torch.from_numpy(v)), n) for v, n in zip(vectors, examples, strict=True)]
    return aggregation(round, shared, found, like)


@pytest.mark.parametrize("name", ["fedavg", "fedprox"])
@pytest.mark.parametrize("weights", ["examples", "uniform"])
def test_the_weighted_mean_in_float64(name, weights, like):
    vectors, examples = updates(0)
    found = merged(rule(rule=name, weights=weights), torch.zeros(SIZE), vectors, examples, like)
    w = np.array(examples if weights == "examples" else [1] * 5, np.float64)
    expected = (vectors.astype(np.float64) * w[:, None]).sum(axis=0) / w.sum()
    assert found.dtype == torch.float32
    # Five roundings to float32 of products below 4, and of their sum.
    assert np.abs(found.double().numpy() - expected).max() < 5 * 4 * 2**-24
    assert np.allclose(expected, vectors.mean(axis=0), atol=1e-3) == (weights == "uniform")


def test_one_update_is_taken_over_to_the_bit(like):
    vectors, _ = updates(1, 1)
    assert torch.equal(merged(rule(), torch.zeros(SIZE), vectors, [17], like), torch.from_numpy(vectors[0]))


def test_no_update_is_refused(like):
    with pytest.raises(ValueError, match="without updates"):
        rule()(1, torch.zeros(SIZE), [], like)


OPTIONS = {"rule": "fedadam", "learning_rate": 0.05, "beta_1": 0.8, "beta_2": 0.95, "tau": 0.01}


def fedadam(rounds):
    """Reddi et al. 2021, algorithm 2, in float64, with Flower's correction of the bias by the round."""
    x, m, v = np.zeros(SIZE), np.zeros(SIZE), np.zeros(SIZE)
    for round in rounds:
        vectors, examples = updates(round)
        w = np.array(examples, np.float64)
        delta = (vectors * w[:, None]).sum(axis=0) / w.sum() - x
        m = 0.8 * m + 0.2 * delta
        v = 0.95 * v + 0.05 * delta**2
        rate = 0.05 * np.sqrt(1 - 0.95 ** (round + 1)) / (1 - 0.8 ** (round + 1))
        x = x + rate * m / (np.sqrt(v) + 0.01)
    return x


def test_fedadam_equals_the_reference_over_rounds(like):
    aggregation, shared = rule(**OPTIONS), torch.zeros(SIZE)
    for round in range(1, 4):
        shared = merged(aggregation, shared, *updates(round), like, round)
        assert np.abs(shared.double().numpy() - fedadam(range(1, round + 1))).max() < 1e-6


def test_fedadam_goes_on_from_its_file_with_the_same_bytes(like, tmp_path):
    straight, shared = rule(**OPTIONS), torch.zeros(SIZE)
    stopped, resumed_shared = rule(**OPTIONS), torch.zeros(SIZE)
    for round in range(1, 5):
        shared = merged(straight, shared, *updates(round), like, round)
        resumed_shared = merged(stopped, resumed_shared, *updates(round), like, round)
        whole_files.write_tensors(tmp_path / "state", stopped.state(), {})
        stopped = rule(**OPTIONS)
        stopped.restore(whole_files.read_tensors(tmp_path / "state")[0])
        assert torch.equal(shared, resumed_shared)
    forgetful = merged(rule(**OPTIONS), shared, *updates(5), like, 5)
    assert not torch.equal(forgetful, merged(straight, shared, *updates(5), like, 5))


def test_fedavg_remembers_nothing(like):
    aggregation = rule()
    merged(aggregation, torch.zeros(SIZE), *updates(0), like)
    assert aggregation.state() == {}
