"""What a device knows survives its file."""

import numpy as np
import torch

from fedser import whole_files
from fedser.device import DeviceMemory, DeviceState, Items
from fedser.metrics.pooled import Moments


def heard(stream, n):
    return Items(stream.integers(0, 3, n), stream.integers(0, 40, n), stream.normal(size=(n, 2)))


def same(a, b):
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("conditions", "positions", "noise"))


def test_a_state_survives_its_file_to_the_bit(tmp_path):
    stream = np.random.default_rng(0)
    places = {2: heard(stream, 4), 0: Items.none(), 1: heard(stream, 3)}
    told = {"café/valence": Moments.of(stream.normal(size=3), stream.normal(size=3))}
    own = torch.from_numpy(stream.normal(size=7).astype(np.float32))
    outputs = stream.normal(size=(3, 2)).astype(np.float32)
    places[1] = places[1].with_outputs(outputs)
    carried = {"fisher": torch.rand(6), "count": torch.tensor(3)}
    state = DeviceState(
        4, DeviceMemory(places, 9), heard(stream, 5), np.arange(5), np.full(5, 2), own, 2, carried, told
    )
    whole_files.write_tensors(tmp_path / "state", state.tensors(), state.record())
    again = DeviceState.restore(*whole_files.read_tensors(tmp_path / "state"))
    assert (again.round, again.memory.drawn) == (4, 9)
    assert list(again.memory.places) == [2, 0, 1]
    assert all(same(items, again.memory.places[place]) for place, items in places.items())
    assert same(again.waiting, state.waiting)
    assert again.labelled_in.tolist() == list(range(5))
    assert again.heard_at.tolist() == [2] * 5
    assert torch.equal(again.own, own)
    assert again.unreported == told
    assert again.learning_in == 2
    assert again.strategy.keys() == carried.keys()
    assert all(torch.equal(again.strategy[name], tensor) for name, tensor in carried.items())
    assert np.array_equal(again.memory.places[1].outputs, outputs)
    assert np.isnan(again.memory.places[2].outputs).all()  # kept of none, where of some


def test_a_new_device_knows_nothing():
    state = DeviceState()
    again = DeviceState.restore(state.tensors(), state.record())
    assert again.round == 0
    assert len(again.memory) == len(again.waiting) == len(again.unreported) == 0
    assert again.own is None
    assert again.learning_in is None
    assert (again.strategy, again.waiting.outputs) == ({}, None)
