"""Who is compared with whom, and what becomes a row."""

import pytest

from fedser.errors import ConfigError
from fedser.privacy.attacks import LinkageOptions
from simulations.privacy_studies.attacked import updates_of
from simulations.privacy_studies.config import AttributeSection
from simulations.privacy_studies.owner_studies import attribute_rows, by_device, by_round, linkage_rows

QUICK = AttributeSection(shuffles=2, epochs=150, kinds=["inputs"], leaked_rounds=[1, 2])


@pytest.fixture(scope="module")
def updates(attacked):
    return updates_of(attacked, attacked.arms[0])


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


def test_linkage_has_a_row_for_each_and_says_which(attacked, updates):
    layout = attacked.layout(attacked.arms[0])
    rows = linkage_rows("federated:finetuning", updates, layout, LinkageOptions(shuffles=2), 0)
    assert [row["attack"] for row in rows] == ["devices", "rounds"]
    assert "different devices" in rows[0]["statement"]
    assert all(row["low"] <= row["estimate"] <= row["high"] for row in rows)


def test_gender_by_layer_and_leaked_rounds(attacked, updates):
    layout = attacked.layout(attacked.arms[0])
    strangers = [type(u)(**(vars(u) | {"speaker": f"other/{u.speaker}"})) for u in updates]
    rows = attribute_rows("federated:finetuning", strangers, updates, layout, QUICK, 0)
    assert [(row["layer"], row["rounds"]) for row in rows] == [(la, k) for la in layout.layers for k in "12"]
    assert {row["n"] for row in rows} == {32, 16}
    # The same updates under other names: the adversary has seen them all.
    assert rows[0]["estimate"] > 0.8


def test_an_unknown_layer_is_refused(attacked, updates):
    options = QUICK.model_copy(update={"layers": ["trunk.9"]})
    with pytest.raises(ConfigError, match=r'no layer "trunk.9" is shared'):
        attribute_rows("arm", updates, updates, attacked.layout(attacked.arms[0]), options, 0)
