"""The attack on the owners' gender, on a federation that has run."""

from dataclasses import replace

import pytest

from fedser.errors import ConfigError
from fedser.privacy.attacks import View
from fedser.privacy.attacks.attribute import AttributeAttack
from simulations.privacy_studies.observed_arm import ObservedArm

QUICK = AttributeAttack(shuffles=2, epochs=150, kinds=["inputs"], leaked_rounds=[1, 2])


class Renamed(ObservedArm):
    """The same federation with other speakers: the adversary has seen all its updates."""

    def updates(self):
        return [replace(update, speaker=f"other/{update.speaker}") for update in super().updates()]


@pytest.fixture(scope="module")
def view(attacked):
    return View(*(kind(attacked, attacked.arms[0], range(1)) for kind in (ObservedArm, Renamed)))


def test_gender_by_layer_and_leaked_rounds(view):
    found = list(QUICK.run(view))
    assert [(f.layer, f.rounds) for f in found] == [
        (layer, k) for layer in view.target.layout.layers for k in (1, 2)
    ]
    assert {f.n for f in found} == {32, 16}
    assert found[0].estimate.estimate > 0.8


def test_parts_together_find_what_the_whole_does(view):
    whole = QUICK.model_copy(update={"kinds": ["inputs", "gradient"], "layers": ["trunk.0"]})
    assert [f for part in whole.parts() for f in part.run(view)] == list(whole.run(view))


def test_an_unknown_layer_is_refused(view):
    with pytest.raises(ConfigError, match=r'no layer "trunk.9" is shared'):
        list(QUICK.model_copy(update={"layers": ["trunk.9"]}).run(view))


def test_features_are_chosen_by_kinds_alone():
    with pytest.raises(ConfigError, match=r'unknown key "features"'):
        AttributeAttack.read({"features": "gradient"}, "study.toml [attribute]")
