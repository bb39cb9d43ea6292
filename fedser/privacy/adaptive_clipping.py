"""Let the clip follow a quantile of the norms of updates, privately.

Andrew, Thakkar, McMahan, Ramaswamy 2021, "Differentially private learning with adaptive clipping", NeurIPS.
Every device also says whether its update was within the clip, as b − ½ with b in {0, 1}; the noisy mean b̃
moves the clip by C ← C · exp(−η (b̃ − γ)). The count is paid for: with noise of standard deviation σ_b on the
sum of the bits, the updates get the multiplier (σ⁻² − (2σ_b)⁻²)^(−½), and both together cost exactly what the
updates alone would have cost at σ (their Theorem 1).
"""

import math

from pydantic import Field

from fedser.config import Section
from fedser.errors import ConfigError


class AdaptiveClipping(Section):
    """Section [privacy.adaptive_clipping]."""

    quantile: float = Field(0.5, gt=0, lt=1)
    """γ: the share of updates that should not be clipped."""
    learning_rate: float = Field(0.2, gt=0, le=100)
    """η: 0.2 in the paper; the clip changes by at most exp(η) a round but for the noise."""
    count_noise: float | None = Field(None, gt=0, le=1e9)
    """σ_b: standard deviation on the sum of the bits, which must exceed σ / 2; unset, a twentieth of the
    participants, or σ if that is more."""

    def noise_on_count(self, noise_multiplier: float, participants: float) -> float:
        """Return σ_b, the standard deviation of the noise on the sum of the bits."""
        if self.count_noise is not None:
            return self.count_noise
        return max(participants / 20.0, noise_multiplier)


def update_noise(noise_multiplier: float, count_noise: float) -> float:
    """Return the multiplier for the updates that, with the count's noise, costs what `noise_multiplier` does.

    Raises ConfigError if the count alone would cost more: 2σ_b ≤ σ.
    """
    left = noise_multiplier**-2 - (2.0 * count_noise) ** -2
    if left <= 0:
        raise ConfigError(
            f"[privacy.adaptive_clipping]: count_noise {count_noise:g} spends the whole budget; "
            f"it must exceed half the noise_multiplier, {noise_multiplier / 2:g}"
        )
    return float(left**-0.5)


def count_scale(update_multiplier: float, clip: float, count_noise: float) -> float:
    """Return what the bit's coordinate is multiplied by so that one noise level serves the whole vector.

    The bit travels as one more coordinate, (b − ½) · scale; noise of σ_update · C on it is then noise of σ_b
    on the bit.
    """
    return update_multiplier * clip / count_noise


def inside_share(coordinate: float, scale: float, participants: float) -> float:
    """Return the noisy share b̃ of updates within the clip from the summed coordinate; may leave [0, 1]."""
    return coordinate / scale / participants + 0.5


def next_clip(clip: float, share: float, options: AdaptiveClipping) -> float:
    """Return the clip of the next round, C · exp(−η (b̃ − γ))."""
    return clip * math.exp(-options.learning_rate * (share - options.quantile))
