"""Noise on every device's own update: as wide as it says, another one each time, and nothing is claimed of it."""

import numpy as np
from scipy import stats

from fedser.privacy import Contribution, DeviceStreams, PrivacyOptions, claims
from fedser.privacy.defences.local_noise import LocalNoise
from fedser.privacy.statement import TOLD
from tests.simulations.moving.private_federation import ARM, RECORDED, raw_updates, received
from tests.simulations.moving.small_federation import run

SIZE = 4000


def noise(streams, std=0.3):
    given = Contribution(np.ones(SIZE, np.float32), np.zeros(SIZE, np.float32))
    return LocalNoise(std=std).outgoing(given, streams).values.astype(float) - 1.0


def test_it_is_as_wide_as_it_says_and_another_for_every_device_round_and_attempt():
    found = [
        noise(DeviceStreams(0, "arm", round, device, attempt))
        for round, device, attempt in ((1, 0, 1), (2, 0, 1), (1, 1, 1), (1, 0, 2))
    ]
    for one in found:
        assert stats.kstest(one / 0.3, "norm").pvalue > 1e-4
    assert np.abs(np.corrcoef(found) - np.eye(4)).max() < 0.1
    assert np.array_equal(noise(DeviceStreams(0, "arm", 1, 0)), found[0])


def test_the_server_sees_updates_with_it(tmp_path, monkeypatch):
    with raw_updates(monkeypatch) as raw:
        changes = {"privacy": {"defences": ["local-noise"]}, "local-noise": {"std": 0.05}, "audit": RECORDED}
        run(tmp_path / "run", arms=[ARM], rounds=2, **changes)
    seen = [
        received(tmp_path / "run", round)[0][f"update/{device}"].numpy() - raw[round, device]
        for round, device in raw
    ]
    values = np.concatenate(seen)
    assert 1e-4 < stats.chi2.cdf(np.sum((values / 0.05) ** 2), values.size) < 1 - 1e-4


def test_nothing_is_claimed_of_it():
    lines = claims(PrivacyOptions(defences=["local-noise"]))
    assert lines == [
        "No differential privacy: the updates carry what training put into them.",
        "Nothing is claimed of the further steps: local-noise.",
        TOLD,
    ]
