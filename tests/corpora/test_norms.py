import math

import pytest

from fedser.corpora import norms

# Activation, valence as the project's methods give them.
EXPECTED = {
    "anger": (0.59, -0.51),
    "disgust": (0.35, -0.60),
    "fear": (0.60, -0.64),
    "happiness": (0.51, 0.81),
    "sadness": (-0.27, -0.63),
    "surprise": (0.67, 0.40),
    "neutral": (0.0, 0.0),
    "calm": (-0.46, 0.68),
    "boredom": (-0.62, -0.65),
}


@pytest.mark.parametrize("category", EXPECTED)
def test_categories_have_the_published_means(category):
    labels = norms.mapped_labels(category)

    assert (labels["activation"], labels["valence"]) == EXPECTED[category]


def test_no_other_category_has_a_label():
    assert norms.NORMS.keys() == EXPECTED.keys()
    assert all(math.isnan(value) for value in norms.mapped_labels("pride").values())


def test_the_weaker_intensity_is_three_quarters():
    assert norms.mapped_labels("happiness", weaker=True) == {"activation": 0.75 * 0.51, "valence": 0.75 * 0.81}
