"""Emotion categories as activation and valence, for corpora that were not rated on dimensions.

Mean ratings of emotion terms, natively on [-1, 1], from Russell & Mehrabian (1977), "Evidence for a
three-factor theory of emotions", Journal of Research in Personality 11:273–294 (arousal and pleasure).
"""

import math

NOTE = "mapped labels (Russell & Mehrabian 1977)"
"""What every table on such labels says."""

WEAKER_NOTE = "weaker of the acted intensities: mapped labels × 0.75 (our choice)"

RANGE = (-1.0, 1.0)

NORMS = {
    "anger": (0.59, -0.51),
    "boredom": (-0.62, -0.65),
    "calm": (-0.46, 0.68),  # no such term there: the values usually taken are those of relief and rest
    "disgust": (0.35, -0.60),
    "fear": (0.60, -0.64),
    "happiness": (0.51, 0.81),
    "neutral": (0.0, 0.0),
    "sadness": (-0.27, -0.63),
    "surprise": (0.67, 0.40),
}
"""Category → (activation, valence)."""

_WEAKER = 0.75


def mapped_labels(category: str, weaker: bool = False) -> dict[str, float]:
    """Return the activation and valence of a category; NaN, no label, for an unknown one.

    `weaker` (the lower of the intensities that a corpus acts out) shortens both by a quarter.

    >>> mapped_labels("anger", weaker=True)
    {'activation': 0.4425, 'valence': -0.3825}
    """
    activation, valence = NORMS.get(category, (math.nan, math.nan))
    factor = _WEAKER if weaker else 1.0
    return {"activation": factor * activation, "valence": factor * valence}
