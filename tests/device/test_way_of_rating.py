"""Owners who rate in a way of their own: offset and scale, the same in every round."""

import numpy as np
import pytest

from fedser.mobility import Stream, StreamOptions

LABELS = np.random.default_rng(0).uniform(-1, 1, (50, 2))


def owner(device=0, seed=0, **options):
    return Stream(StreamOptions(**options), np.arange(50), device, seed)


def test_an_owner_reports_an_affine_map_of_the_label():
    added = owner(label_offset=0.3, label_scale=0.5).reported(LABELS)
    for target in range(2):
        slope, intercept = np.polyfit(LABELS[:, target], (LABELS + added)[:, target], 1)
        assert slope > 0
        assert LABELS[:, target] * slope + intercept == pytest.approx((LABELS + added)[:, target], abs=1e-12)
        assert slope != pytest.approx(1, abs=1e-3)


def test_offset_alone_is_constant_and_scale_alone_leaves_zero_alone():
    assert np.ptp(owner(label_offset=0.3).reported(LABELS), axis=0).max() == pytest.approx(0, abs=1e-12)
    assert np.abs(owner(label_scale=0.3).reported(np.zeros((3, 2)))).max() == 0
    assert np.abs(owner().reported(LABELS)).max() == 0


def test_owners_differ_as_the_options_say():
    ways = np.stack(
        [
            owner(device, label_offset=0.3, label_scale=0.5).reported(np.array([[0.0, 0.0], [1.0, 1.0]]))
            for device in range(800)
        ]
    )
    offsets, scales = ways[:, 0], 1 + ways[:, 1] - ways[:, 0]
    assert offsets.std(axis=0) == pytest.approx([0.3, 0.3], rel=0.1)
    assert np.log(scales).std(axis=0) == pytest.approx([0.5, 0.5], rel=0.1)
    assert np.abs(np.corrcoef(offsets.T)[0, 1]) < 0.15


def test_devices_hear_it_in_every_round_and_place(world):
    plain, own = (
        world(stream={"per_round": 4}),
        world(stream={"per_round": 4, "label_offset": 0.3, "label_scale": 0.4}),
    )
    ways = []
    for round in range(1, 7):
        (before, _), (after, _) = plain.heard(1, round), own.heard(1, round)
        assert (before.positions == after.positions).all()
        assert not before.noise.any()
        k = own.condition(own.place(1, round), round)
        labels = own.conditions[k].labels["train"][after.positions]
        ways.append(own._stream(own.place(1, round), 1).reported(np.array([[0.0, 0.0], [1.0, 1.0]])))
        assert after.noise == pytest.approx(ways[-1][0] + (ways[-1][1] - ways[-1][0]) * labels, abs=1e-12)
        told = after.examples(own.training).labels.numpy()
        assert told == pytest.approx(np.clip(labels + after.noise, -1, 1), abs=1e-6)
    assert all((way == ways[0]).all() for way in ways)
