"""Flower's strategies as rules: against references in float64, and against Flower's own use of them."""

import gc
import inspect
import logging

import numpy as np
import pytest
import torch
from flwr.app import Array, ArrayRecord, ConfigRecord, MetricRecord, RecordDict
from flwr.serverapp import strategy as flower
from scipy.stats import trim_mean

import clients.rules  # noqa: F401
from clients.rules.flower_rule import FLOWERS_OPTIONS, UNUSED
from fedser import whole_files
from fedser.errors import ConfigError, RunError
from fedser.rules import RULES, DeviceUpdate, RoundUpdates, RuleState

SIZE, COUNT = 300, 11
FLOWERS = {
    "fedavg": flower.FedAvg,
    "fedprox": flower.FedProx,
    "fedavgm": flower.FedAvgM,
    "fedadam": flower.FedAdam,
    "fedyogi": flower.FedYogi,
    "fedadagrad": flower.FedAdagrad,
    "qfedavg": flower.QFedAvg,
    "fedmedian": flower.FedMedian,
    "fedtrimmedavg": flower.FedTrimmedAvg,
    "krum": flower.Krum,
    "multikrum": flower.MultiKrum,
    "bulyan": flower.Bulyan,
}
OPTIONS = {
    "fedprox": {"proximal_mu": 0.5},
    "fedavgm": {"server_learning_rate": 0.7, "server_momentum": 0.8},
    "fedadam": {"eta": 0.05, "beta_1": 0.8, "beta_2": 0.95, "tau": 0.01},
    "fedyogi": {"eta": 0.05, "beta_1": 0.8, "beta_2": 0.95, "tau": 0.01},
    "fedadagrad": {"eta": 0.05, "tau": 0.01},
    "qfedavg": {"q": 0.7, "client_learning_rate": 0.3},
    "fedtrimmedavg": {"beta": 0.2},
    "krum": {"num_malicious_nodes": 2},
    "multikrum": {"num_malicious_nodes": 2, "num_nodes_to_select": 3},
    "bulyan": {"num_malicious_nodes": 2},
}
REMEMBERED = {
    "fedavgm": ["momentum_vector/0"],
    "fedadam": ["m_t/parameters", "v_t/parameters"],
    "fedyogi": ["m_t/parameters", "v_t/parameters"],
    "fedadagrad": ["m_t/parameters", "v_t/parameters"],
}


@pytest.fixture(autouse=True, scope="module")
def heap_that_is_not_swept():
    """Flower collects garbage for every model it takes: .1 s each time beside all that a test session holds."""
    gc.freeze()
    yield
    gc.unfreeze()


def rule(name):
    return RULES[name].read(OPTIONS.get(name, {}), "test")


def arrived(round, server=None, count=COUNT):
    """Models around the server's, with weights, as devices send them."""
    stream = np.random.default_rng(round)
    start = np.zeros(SIZE) if server is None else server.double().numpy()
    vectors = (start + stream.normal(size=(count, SIZE))).astype(np.float32)
    weights = [float(n) for n in stream.integers(2, 90, count)]
    losses = torch.from_numpy(stream.uniform(0.1, 2.5, (count, 1)).astype(np.float32))
    updates = [
        DeviceUpdate(d, torch.from_numpy(v), w, beside={"train_loss": loss})
        for d, (v, w, loss) in enumerate(zip(vectors, weights, losses, strict=True))
    ]
    return RoundUpdates(round, 40, tuple(updates))


def exact(updates):
    return updates.models.double().numpy()


def weighted_mean(updates):
    return updates.shares.numpy() @ exact(updates)


def krum_order(updates, malicious):
    """The updates by the sum of their squared distances to the n − f − 2 nearest, in float64."""
    models = exact(updates)
    squares = ((models[:, None] - models[None]) ** 2).sum(axis=2)
    nearest = np.sort(squares, axis=1)[:, 1 : len(models) - malicious - 1]
    return np.argsort(nearest.sum(axis=1))


def fair(x, updates, q, client_learning_rate):
    """q-FedAvg, Algorithm 2 of Li et al. 2020, with L = 1/client_learning_rate."""
    steep = 1 / client_learning_rate
    losses = np.array([[update.beside["train_loss"].item()] for update in updates])
    pulls = steep * (x - exact(updates))
    lengths = (pulls**2).sum(axis=1, keepdims=True)
    h = q * losses ** (q - 1) * lengths + steep * losses**q
    return x - (losses**q * pulls).sum(axis=0) / h.sum()


def by_hand(name, rounds):
    """Return the model after rounds from zero, in float64; fedadam with Flower's correction of the bias."""
    o, x = OPTIONS.get(name, {}), np.zeros(SIZE)
    m, v = np.zeros(SIZE), np.zeros(SIZE)
    for round in range(1, rounds + 1):
        updates = arrived(round, torch.from_numpy(x.astype(np.float32)))
        mean, models = weighted_mean(updates), exact(updates)
        delta = mean - x
        if name in ("fedavg", "fedprox"):
            x = mean
        elif name == "fedavgm":
            m = o["server_momentum"] * m + delta
            x = x + o["server_learning_rate"] * m
        elif name == "fedmedian":
            x = np.median(models, axis=0)
        elif name == "qfedavg":
            x = fair(x, updates, **o)
        elif name == "fedtrimmedavg":
            x = trim_mean(models, o["beta"], axis=0)
        elif name == "krum":
            x = models[krum_order(updates, 2)[0]]
        elif name == "multikrum":
            chosen = krum_order(updates, 2)[:3]
            x = np.average(models[chosen], axis=0, weights=updates.shares.numpy()[chosen])
        elif name == "bulyan":
            chosen = models[krum_order(updates, 2)[: COUNT - 4]]
            away = np.abs(chosen - np.median(chosen, axis=0))
            x = np.take_along_axis(chosen, np.argsort(away, axis=0)[: COUNT - 8], axis=0).mean(axis=0)
        else:
            first = o.get("beta_1", 0.0)
            m = first * m + (1 - first) * delta
            rate = o["eta"]
            if name == "fedadam":
                v = 0.95 * v + 0.05 * delta**2
                rate *= np.sqrt(1 - 0.95 ** (round + 1)) / (1 - 0.8 ** (round + 1))
            elif name == "fedyogi":
                v = v - 0.05 * delta**2 * np.sign(v - delta**2)
            else:
                v = v + delta**2
            x = x + rate * m / (np.sqrt(v) + o["tau"])
    return x


def after(name, rounds):
    server, state = torch.zeros(SIZE), RuleState()
    for round in range(1, rounds + 1):
        server, state = rule(name).aggregate(server, arrived(round, server), state)
    return server


@pytest.mark.parametrize("name", FLOWERS)
def test_three_rounds_equal_the_reference(name):
    found = after(name, 3)
    assert found.dtype == torch.float32
    # Roundings to float32 of values below 8, some dozen of them.
    assert np.abs(found.double().numpy() - by_hand(name, 3)).max() < 40 * 2**-23


def as_flower_does(name, rounds):
    """Keep one strategy over all rounds and give it messages, as Flower's own loop does."""

    class Reply:
        def __init__(self, update):
            values = update.model.numpy()
            values = values.astype(np.float64) if name in ("krum", "multikrum", "bulyan") else values
            arrays = ArrayRecord({"parameters": Array(values)})
            told = {"num-examples": update.weight, "train_loss": update.beside["train_loss"].item()}
            self.content = RecordDict({"model": arrays, "w": MetricRecord(told)})

        def has_error(self):
            return False

    strategy = FLOWERS[name](**OPTIONS.get(name, {}), weighted_by_key="num-examples")
    strategy.fraction_train = 0.0
    server = torch.zeros(SIZE)
    for round in range(1, rounds + 1):
        strategy.configure_train(round, ArrayRecord({"parameters": Array(server.numpy())}), ConfigRecord(), None)
        made, _ = strategy.aggregate_train(round, [Reply(update) for update in arrived(round, server)])
        server = torch.from_numpy(made["parameters"].numpy().astype(np.float32))
    return server


@pytest.mark.parametrize("name", FLOWERS)
def test_a_strategy_made_anew_every_round_is_one_that_is_kept(name):
    assert torch.equal(after(name, 4), as_flower_does(name, 4))


@pytest.mark.parametrize("name", FLOWERS)
def test_what_it_remembers_goes_through_a_file_to_the_bit(name, tmp_path):
    server, state = torch.zeros(SIZE), RuleState()
    for round in range(1, 5):
        server, state = rule(name).aggregate(server, arrived(round, server), state)
        whole_files.write_tensors(tmp_path / "state", state.tensors, dict(state.record))
        state = RuleState(*whole_files.read_tensors(tmp_path / "state"))
        assert sorted(state.tensors) == REMEMBERED.get(name, [])
    assert torch.equal(server, after(name, 4))
    if name in REMEMBERED:
        forgetful, _ = rule(name).aggregate(server, arrived(5, server), RuleState())
        assert not torch.equal(forgetful, after(name, 5))


@pytest.mark.parametrize("name", FLOWERS)
def test_its_options_are_flowers(name):
    ours = {option: field.default for option, field in RULES[name].model_fields.items()}
    common = set(inspect.signature(flower.FedAvg).parameters)
    flowers = {
        option: parameter.default
        for option, parameter in inspect.signature(FLOWERS[name]).parameters.items()
        if option not in {*common, *UNUSED, "selection_rule"}
    }
    other = {"fedprox": {"proximal_mu": 0.01}, "fedavgm": {"server_momentum": 0.9}}
    other |= {"qfedavg": {"client_learning_rate": 1e-3}}
    assert ours == flowers | other.get(name, {})
    assert RULES[name].title == FLOWERS[name].__name__
    assert RULES[name].does.endswith(".")


@pytest.mark.parametrize("name", FLOWERS)
def test_nothing_that_is_given_is_written_to(name):
    server, updates = torch.ones(SIZE), arrived(1)
    before = [server.clone(), *(update.model.clone() for update in updates)]
    rule(name).aggregate(server, updates, RuleState())
    assert all(torch.equal(a, b) for a, b in zip(before, [server, *(u.model for u in updates)], strict=True))


def test_only_rules_of_the_average_come_to_the_same_from_the_average():
    server, updates = torch.zeros(SIZE), arrived(1)
    mean = DeviceUpdate(-1, torch.from_numpy(weighted_mean(updates)).float(), beside={"train_loss": torch.ones(1)})
    for name in FLOWERS:
        found, _ = rule(name).aggregate(server, updates, RuleState())
        alone, _ = rule(name).aggregate(server, RoundUpdates(1, 40, (mean,) * rule(name).least), RuleState())
        # Adam and its like divide by what may be small.
        assert torch.allclose(found, alone, atol=1e-4) == rule(name).of_average, name


def test_one_update_is_taken_over_to_the_bit():
    updates = arrived(1, count=1)
    for name in ("fedavg", "fedprox", "fedmedian", "fedtrimmedavg"):
        assert torch.equal(rule(name).aggregate(torch.zeros(SIZE), updates, RuleState())[0], updates.each[0].model)


@pytest.mark.parametrize("name", ["krum", "multikrum", "bulyan"])
def test_models_that_hardly_differ_are_told_apart(name):
    """Updates a thousandth of the model's size, one of them a hundred times longer: distances need float64."""
    stream = np.random.default_rng(0)
    server = torch.from_numpy(stream.normal(size=50_000).astype(np.float32))
    models = [server + 1e-5 * torch.from_numpy(stream.normal(size=50_000).astype(np.float32)) for _ in range(11)]
    models[4] = server + 1e-3
    updates = RoundUpdates(1, 11, tuple(DeviceUpdate(d, m, 1.0) for d, m in enumerate(models)))
    found, _ = rule(name).aggregate(server, updates, RuleState())
    assert (found - server).norm() < 2e-5 * 50_000**0.5
    if name == "krum":
        expected = krum_order(updates, 2)[0]
        assert torch.equal(found, models[expected])


def test_the_fewest_updates():
    least = {name: rule(name).least for name in FLOWERS}
    assert {name: n for name, n in least.items() if n > 1} == {"krum": 7, "multikrum": 7, "bulyan": 11}
    many = RULES["multikrum"].read({"num_malicious_nodes": 2, "num_nodes_to_select": 9}, "test")
    assert many.least == 11
    with pytest.raises(RunError, match="the rule bulyan made no model of 10 updates"):
        rule("bulyan").aggregate(torch.zeros(SIZE), arrived(1, count=10), RuleState())


@pytest.mark.parametrize("count", range(1, 6))
def test_a_trimmed_mean_of_few_is_the_mean_and_never_nan(count):
    updates = arrived(1, count=count)
    found, _ = rule("fedtrimmedavg").aggregate(torch.zeros(SIZE), updates, RuleState())
    expected = trim_mean(exact(updates), 0.2, axis=0)
    assert np.abs(found.double().numpy() - expected).max() < 1e-6
    assert np.allclose(expected, exact(updates).mean(axis=0)) == (count < 5)


@pytest.mark.parametrize(("name", "option"), [("fedtrimmedavg", "beta"), ("fedadam", "beta_1"), ("krum", "f")])
def test_options_out_of_range_are_one_line(name, option):
    key = "num_malicious_nodes" if option == "f" else option
    with pytest.raises(ConfigError, match=rf"^here \[{name}\]: {key} should be ") as error:
        RULES[name].read({key: -1}, f"here [{name}]")
    assert "\n" not in str(error.value)


def test_every_option_of_a_number_has_a_range():
    options = {option for name in FLOWERS for option in RULES[name].model_fields}
    assert options - {"proximal_mu", "client_learning_rate"} == set(FLOWERS_OPTIONS)


def test_flowers_log_is_left_as_it_was():
    logger = logging.getLogger("flwr")
    before = logger.level
    rule("fedavg").aggregate(torch.zeros(SIZE), arrived(1), RuleState())
    assert logger.level == before


class Odd(flower.FedAvg):
    """Remembers something of every kind, and once something that no file holds."""

    def aggregate_train(self, server_round, replies):
        self.counted = getattr(self, "counted", 0) + 1
        self.bare = np.full(3, self.counted)
        self.named = ArrayRecord({"a": Array(np.full(2, 0.5 * self.counted))})
        if server_round == 9:
            self.callback = print
        return super().aggregate_train(server_round, replies)


def test_whatever_a_strategy_remembers_is_found_or_refused():
    from clients.rules.flower_rule import wrapped

    odd, state = wrapped(Odd, "is odd.")(), RuleState()
    for round in (1, 2, 3):
        _, state = odd.aggregate(torch.zeros(SIZE), arrived(round), state)
    assert state.record["counted"] == {"value": 3}
    assert state.tensors["bare/"].tolist() == [3, 3, 3]
    assert state.tensors["named/a"].tolist() == [1.5, 1.5]
    with pytest.raises(RunError, match="Odd keeps callback from round to round, a builtin_function"):
        odd.aggregate(torch.zeros(SIZE), arrived(9), state)
