"""Whose update is it: real speakers of nEMO, one half of each one's utterances against the other."""

from dataclasses import replace

import numpy as np
import pytest

from fedser.errors import UserError
from fedser.privacy.attacks.speaker_linkage import LinkageOptions, link_speakers


def halves(updates):
    return [u for u in updates if u.device.endswith("-0")], [u for u in updates if u.device.endswith("-1")]


def test_speakers_are_linked_across_devices_with_different_utterances(shared, target_updates):
    finding = link_speakers(*halves(target_updates), shared.layout)
    assert finding.chance == pytest.approx(1 / 9)
    assert finding.accuracy.low > finding.chance
    assert finding.p_value <= 0.05
    assert finding.chance in finding.control.mean
    assert (finding.n, finding.speakers) == (36, 9)
    assert "9 speakers" in finding.statement


def test_noise_is_not_linked(shared, target_updates):
    stream = np.random.default_rng(0)
    noise = [
        replace(u, after=u.before + stream.normal(size=u.before.shape).astype(np.float32)) for u in target_updates
    ]
    finding = link_speakers(*halves(noise), shared.layout)
    assert finding.chance in finding.accuracy


def test_a_shift_that_all_devices_share_in_a_round_changes_nothing(shared, target_updates):
    """The global model differs between rounds; who is compared with whom must not depend on it."""
    options = LinkageOptions(features="gradient", shuffles=2)
    gallery = [u for u in target_updates if u.round <= 2]
    probes = [u for u in target_updates if u.round > 2]
    plain = link_speakers(gallery, probes, shared.layout, "trunk.3", options)
    drift = np.random.default_rng(1).normal(size=probes[0].after.shape).astype(np.float32) * 1e-3
    moved = [replace(u, after=u.after + drift) if u.round == 3 else u for u in probes]
    assert link_speakers(gallery, moved, shared.layout, "trunk.3", options).accuracy == plain.accuracy


def test_the_set_is_closed_and_apart(shared, target_updates):
    gallery, probes = halves(target_updates)
    with pytest.raises(UserError, match="in the gallery and among the probes"):
        link_speakers(gallery, [*probes, gallery[0]], shared.layout)
    with pytest.raises(UserError, match="closed set"):
        link_speakers([u for u in gallery if u.speaker != "nemo/EB0"], probes, shared.layout)
    with pytest.raises(UserError, match="two speakers or more"):
        link_speakers(gallery[:2], probes, shared.layout)
