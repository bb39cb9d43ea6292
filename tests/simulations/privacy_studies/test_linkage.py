"""Who is compared with whom when updates are linked to speakers."""

import pytest

from fedser.privacy.attacks import View
from fedser.privacy.attacks.linkage import LinkageAttack, by_device, by_round
from simulations.privacy_studies.observed_arm import ObservedArm


@pytest.fixture(scope="module")
def arm(attacked):
    return ObservedArm(attacked, attacked.arms[0], range(1))


@pytest.fixture(scope="module")
def updates(arm):
    return arm.updates()


def keys(updates):
    return {(u.device, u.round) for u in updates}


def test_across_devices_gallery_and_probes_share_speakers_but_no_device(updates):
    gallery, probes = by_device(updates)
    assert gallery
    assert probes
    assert not {u.device for u in gallery} & {u.device for u in probes}
    assert {u.speaker for u in probes} <= {u.speaker for u in gallery}
    assert keys(gallery) | keys(probes) == keys(updates)


def test_across_rounds_the_gallery_comes_before_the_probes(updates):
    gallery, probes = by_round(updates)
    assert {u.round for u in gallery} == {1, 2}
    assert {u.round for u in probes} == {3, 4}


def test_there_is_a_finding_for_each_which_says_so(arm):
    found = list(LinkageAttack(shuffles=2).run(View(arm, arm)))
    assert [finding.variant for finding in found] == ["devices", "rounds"]
    assert "different devices" in found[0].statement
    assert all(finding.estimate.estimate in finding.estimate for finding in found)
