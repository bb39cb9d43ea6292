"""`rooms = "family"`: every seed hears the same speech in rooms and noise of its own, tests in unseen ones."""

import numpy as np
import pytest

from fedser.config import load
from fedser.device import World
from fedser.device.world import forget_data
from simulations.moving.config import MovingConfig
from simulations.moving.prepare import prepare
from simulations.moving.run import run_moving
from simulations.sources import RunContext, Sources

CHANGES = ["seeds=2", "rounds=2", "devices.count=3"]


@pytest.fixture(scope="module")
def config(moving, tmp_path_factory):
    """The tiny corpora: home has rooms, the office noise alone, the street nothing."""
    text = moving.read_text()
    for place, acoustics in (
        ("home", '{ preset = "car", rt60_s = 0.15, noise = "pink" }'),
        ("office", '{ noise = "hum" }'),
    ):
        text = text.replace(f'root = "{place}', f'acoustics = {acoustics}\nroot = "{place}')
    path = tmp_path_factory.mktemp("config") / "moving.toml"
    path.write_text(text)
    return lambda rooms: load(path, MovingConfig, [*CHANGES, f'rooms="{rooms}"'])


def acoustic(world, place, split):
    return world.conditions[place].examples[split].acoustic.numpy()


def test_seeds_hear_the_same_words_in_other_rooms(config, tiny, tmp_path):
    prepared = prepare(config("family"), Sources(tiny.data), tmp_path, 1)
    first, second = (World.read(tmp_path / "data", seed) for seed in (0, 1))
    for place in (0, 1):
        for split in ("train", "validation", "test"):
            assert (acoustic(first, place, split) != acoustic(second, place, split)).any(axis=1).all()
    assert (acoustic(first, 2, "train") == acoustic(second, 2, "train")).all()  # a clean place has no rooms
    for place in range(3):
        assert (first.conditions[place].labels["test"] == second.conditions[place].labels["test"]).all()
    assert 0.12 < prepared.acoustics["rt60_s"][0] < 0.19
    assert prepared.acoustics["environment"].tolist() == ["home", "office", "street"]


def test_one_room_is_as_it_was(config, tiny, tmp_path):
    prepare(config("one"), Sources(tiny.data), tmp_path, 1)
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["0", "1", "2", "settings.json"]
    first, second = (World.read(tmp_path / "data", seed) for seed in (0, 1))
    assert (acoustic(first, 0, "train") == acoustic(second, 0, "train")).all()


def test_a_run_gives_the_same_bytes_in_two_processes(config, tiny, tmp_path):
    scores = []
    for workers in (1, 2):
        folder = tmp_path / f"run-{workers}"
        run_moving(config("family"), RunContext(folder, Sources(tiny.data), workers=workers))
        forget_data()
        scores.append((folder / "scores.csv").read_bytes())
    assert scores[0] == scores[1]
    rows = [line.split(b",") for line in scores[0].splitlines()[1:]]
    values = {seed: np.array([float(row[-1]) for row in rows if row[0] == seed]) for seed in (b"0", b"1")}
    assert not np.allclose(values[b"0"], values[b"1"])
