"""What becomes of an update: clipped, noised as charged, compressed, recorded, with any number of workers."""

import numpy as np
import pytest
import torch
from scipy import stats

from clients.parameters import vector_in
from fedser.privacy.clipping import clip, norm
from tests.simulations.moving.private_federation import (
    ARM,
    CENTRAL,
    DISTRIBUTED,
    RECORDED,
    protected,
    raw_updates,
    received,
    spending,
)
from tests.simulations.moving.small_federation import (
    intercepted,
    model_of,
    run,
    table,
    weights_hash,
)


def test_every_update_comes_clipped_and_many_needed_it(tmp_path, monkeypatch):
    with raw_updates(monkeypatch) as raw:
        protected(tmp_path / "run", CENTRAL, audit=RECORDED)
    lengths = []
    for round in range(1, 5):
        kept, record = received(tmp_path / "run", round)
        updates = {int(name.split("/")[1]): kept[name].numpy() for name in kept if "/" in name}
        assert set(updates) == {0, 1, 2, 3}
        lengths += [norm(update) for update in updates.values()]
        for device, update in updates.items():
            np.testing.assert_allclose(update, clip(raw[round, device], 0.3)[0], atol=1e-6)
        assert record["steps"] == {}, "under a guarantee a device does not say how long it learnt"
    longer = [norm(update) > 0.3 for update in raw.values()]
    assert sum(longer) > 0
    assert max(lengths) <= 0.3
    np.testing.assert_allclose(
        spending(tmp_path / "run")["clipped_share"].astype(float),
        [np.mean([norm(raw[round, device]) > 0.3 for device in range(4)]) for round in range(1, 5)],
    )


@pytest.mark.parametrize(
    ("privacy", "variance"), [(CENTRAL, 0.3**2), (DISTRIBUTED, 0.3**2 * 4 / 3)], ids=["central", "distributed"]
)
def test_the_noise_is_what_is_charged_for(tmp_path, monkeypatch, privacy, variance):
    """In a sum of four; of four shares three suffice, so all together are a third more."""
    with raw_updates(monkeypatch) as raw:
        protected(tmp_path / "run", privacy, audit=RECORDED, model={"width": 40})
    noise = []
    for round in range(1, 5):
        kept, _ = received(tmp_path / "run", round)
        mean = np.mean([clip(raw[round, device], 0.3)[0] for device in range(4)], axis=0)
        noise.append(4 * (kept["average"].numpy() - mean))
    values = np.concatenate(noise)
    assert values.size > 2000
    below = stats.chi2.cdf(np.sum(values**2) / variance, values.size)
    assert 1e-4 < below < 1 - 1e-4
    assert not np.array_equal(noise[0], noise[1])


@pytest.mark.parametrize(("kind", "bytes_each"), [("top-k", 0.8), ("8-bit", 1.0)])
def test_compression_saves_the_bytes_that_it_promises(tmp_path, kind, bytes_each):
    wide = {"width": 60}
    run(tmp_path / "plain", arms=[ARM], model=wide, rounds=2)
    protected(tmp_path / "less", {"compression": kind, "keep": 0.1}, model=wide, rounds=2, audit=RECORDED)
    size = len(model_of(tmp_path / "plain", ARM))
    plain, less = (table(tmp_path / name, "costs.csv")["bytes_up"].to_numpy() for name in ("plain", "less"))
    np.testing.assert_allclose(plain - less, (4 - bytes_each) * size, atol=400)
    kept, _ = received(tmp_path / "less", 1)
    if kind == "top-k":
        assert all(int((kept[f"update/{d}"] != 0).sum()) <= np.ceil(0.1 * size) for d in range(4))
    assert kept["average"].any()


def test_recorded_updates_are_what_devices_sent(tmp_path, monkeypatch):
    models, before = {}, {}

    def listen(message, context, answer):
        reply = answer(message, context)
        key = message.content["task"]["round"], int(context.node_config["partition-id"])
        before[key], models[key] = vector_in(message.content).clone(), vector_in(reply.content).clone()
        return reply

    with intercepted(monkeypatch, listen):
        run(tmp_path / "run", arms=[ARM], audit=RECORDED)
    costs = table(tmp_path / "run", "costs.csv").set_index(["round", "device"])
    for round in range(1, 5):
        kept, record = received(tmp_path / "run", round)
        assert record["learning_rate"] == 0.05
        for device in range(4):
            assert torch.equal(kept["before"], before[round, device])
            assert torch.equal(kept[f"update/{device}"], models[round, device] - before[round, device])
            assert record["steps"][str(device)] == costs.loc[(round, device), "steps"]
    assert torch.allclose(kept["before"] + kept["average"], model_of(tmp_path / "run", ARM), atol=1e-6)


def test_local_arms_send_nothing_to_record(tmp_path):
    run(tmp_path / "run", arms=["local:exper"], audit=RECORDED, rounds=1)
    assert not (tmp_path / "run" / "updates").exists()


def test_two_workers_come_to_the_same_bytes_as_one(tmp_path):
    for workers in (1, 2):
        protected(tmp_path / str(workers), DISTRIBUTED, workers, rounds=2)
    assert weights_hash(tmp_path / "1") == weights_hash(tmp_path / "2")
    for file in ("scores.csv", "privacy.csv"):
        assert (tmp_path / "1" / file).read_bytes() == (tmp_path / "2" / file).read_bytes()
