"""How much noise a run needs, and what of it pays for the count of an adaptive clip."""

from dataclasses import dataclass

from fedser.privacy.accountant import Sampling, noise_for
from fedser.privacy.adaptive_clipping import count_scale, update_noise
from fedser.privacy.options import PrivacyOptions


@dataclass(frozen=True)
class NoisePlan:
    """`multiplier` σ is what a round is charged with; `updates` ≥ σ is what the updates' noise is in clips.

    They differ where a device's clip is a share of its owner's, and where part of the budget pays for the count,
    whose noise has the deviation `count` (0: no count).
    """

    multiplier: float
    updates: float
    count: float = 0.0

    def scale_of_count(self, clip: float) -> float:
        """Return the scale of the count's coordinate; 0 without a count."""
        return count_scale(self.updates, clip, self.count) if self.count > 0 else 0.0


def plan_noise(options: PrivacyOptions, sampling: Sampling, rounds: int, participants: float) -> NoisePlan:
    """Return the noise as given, or as `target_epsilon` needs it over so many rounds."""
    multiplier = options.noise_multiplier or 0.0
    if options.target_epsilon is not None and options.delta is not None:
        multiplier = noise_for(options.target_epsilon, sampling, rounds, options.delta)
    if options.adaptive_clipping is None:
        return NoisePlan(multiplier, multiplier * options.devices_per_owner)
    count = options.adaptive_clipping.noise_on_count(multiplier, participants)
    return NoisePlan(multiplier, update_noise(multiplier, count), count)
