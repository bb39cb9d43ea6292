"""Whatever is in a configuration, it is accepted or refused in one line; the large version is a benchmark."""

import numpy as np
import pytest

from tests.mutated_configs import broken, mutated, outcome, shipped, spelled_out, written

COUNT = 250


@pytest.fixture(scope="module")
def seeds():
    plain = list(shipped().values())
    return [*plain, *map(spelled_out, plain)]


def test_shipped_configurations_are_accepted_or_want_a_model(tmp_path):
    for name, values in shipped().items():
        (tmp_path / name).write_bytes(written(values))
        assert outcome(tmp_path / name) in ("accepted", "models are not loaded here")


def test_mutated_values_are_accepted_or_refused_in_one_line(seeds, tmp_path):
    rng, said = np.random.default_rng(0), []
    for _ in range(COUNT):
        raw = written(mutated(seeds[rng.integers(len(seeds))], seeds, rng))
        if raw is not None:
            (tmp_path / "config.toml").write_bytes(raw)
            said.append(outcome(tmp_path / "config.toml"))

    assert all("\n" not in line and len(line) < 3000 for line in said)
    assert 0 < said.count("accepted") < len(said)


def test_broken_texts_are_accepted_or_refused_in_one_line(seeds, tmp_path):
    rng = np.random.default_rng(1)
    for _ in range(COUNT // 5):
        raw = broken(written(seeds[rng.integers(len(seeds))]).decode(), rng)
        (tmp_path / "config.toml").write_bytes(raw)
        assert "\n" not in outcome(tmp_path / "config.toml")
