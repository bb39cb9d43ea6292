"""Secure sums in a federation: the plain average, with devices that drop out in every phase."""

import json

import numpy as np
import pytest
import torch

from clients.secure.messages import MASK, SETUP, SHARE, UNMASK
from tests.simulations.moving.private_federation import (
    ARM,
    RECORDED,
    SECURE,
    UNIFORM,
    absent_in,
    protected,
    raw_updates,
    received,
    spending,
)
from tests.simulations.moving.small_federation import (
    files_of,
    intercepted,
    model_of,
    run,
)


@pytest.mark.parametrize("arm", [ARM, "personal-head:exper"])
@pytest.mark.parametrize("weights", ["uniform", "examples"])
def test_a_secure_sum_is_plain_federated_averaging(tmp_path, arm, weights):
    """In the first round; afterwards training itself makes more of a difference in the last bit."""
    privacy = SECURE | ({"weight_bound": 3} if weights == "examples" else {})
    run(tmp_path / "plain", arms=[arm], rounds=1, aggregation=UNIFORM)
    protected(tmp_path / "secure", privacy, arm=arm, rounds=1, aggregation={"weights": weights})
    np.testing.assert_allclose(
        model_of(tmp_path / "secure", arm), model_of(tmp_path / "plain", arm), rtol=0, atol=3e-7
    )
    assert spending(tmp_path / "secure")["survivors"].tolist() == [4]


def test_in_every_round_the_model_moves_by_the_mean_of_the_updates(tmp_path, monkeypatch):
    with raw_updates(monkeypatch) as raw:
        protected(tmp_path / "run", SECURE, audit=RECORDED)
    for round in range(1, 5):
        kept, _ = received(tmp_path / "run", round)
        expected = np.mean([raw[round, device] for device in range(4)], axis=0)
        np.testing.assert_allclose(kept["average"], expected, rtol=0, atol=3e-7)
        assert set(kept) == {"before", "average"}, "the server sees no update of its own"


@pytest.mark.parametrize("phase", ["train", SETUP, SHARE, MASK])
def test_a_device_that_drops_out_is_left_out(tmp_path, monkeypatch, phase):
    with intercepted(monkeypatch, absent_in({(phase, 1)})):
        protected(tmp_path / "secure", SECURE, rounds=1)
    with intercepted(monkeypatch, absent_in({("train", 1)})):
        run(tmp_path / "plain", arms=[ARM], rounds=1, aggregation=UNIFORM)
    np.testing.assert_allclose(
        model_of(tmp_path / "secure", ARM), model_of(tmp_path / "plain", ARM), rtol=0, atol=3e-7
    )
    assert spending(tmp_path / "secure")["survivors"].tolist() == [3]


def test_a_device_that_drops_out_at_the_last_phase_still_counts(tmp_path, monkeypatch):
    with intercepted(monkeypatch, absent_in({(UNMASK, 2)})):
        protected(tmp_path / "secure", SECURE, rounds=1)
    run(tmp_path / "plain", arms=[ARM], rounds=1, aggregation=UNIFORM)
    np.testing.assert_allclose(
        model_of(tmp_path / "secure", ARM), model_of(tmp_path / "plain", ARM), rtol=0, atol=3e-7
    )


def test_with_too_few_left_the_old_model_stays_and_the_next_round_goes_on(tmp_path, monkeypatch):
    def on_train(message, context, answer):
        gone = {(MASK, 0), (MASK, 3)} if message.content["task"]["round"] == 1 else set()
        return absent_in(gone)(message, context, answer)

    with intercepted(monkeypatch, on_train):
        protected(tmp_path / "run", SECURE, rounds=2, audit=RECORDED)
    rows = spending(tmp_path / "run")
    assert rows["outcome"].tolist() == ["secure-sum-failed", "aggregated"]
    assert rows["survivors"].tolist() == [0, 4]
    first, second = (received(tmp_path / "run", round)[0] for round in (1, 2))
    assert not first["average"].any()
    assert torch.equal(first["before"], second["before"])
    assert "2 devices answered" in files_of(tmp_path / "run", ARM).read_records()[1]["privacy"]["reason"]


def test_nothing_of_a_secure_sum_stays_on_a_device_but_that_it_is_done(tmp_path):
    protected(tmp_path / "run", SECURE, rounds=2)
    states = list(tmp_path.glob("run/devices/*/seed-0/*/secure-sum.json"))
    assert len(states) == 4
    assert all(set(json.loads(path.read_text())) == {"next", "name", "digest"} for path in states)
    assert not list(tmp_path.glob("run/devices/**/secure-vector*"))


# Noise, clip and budget.
