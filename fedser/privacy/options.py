"""Section [privacy]: what a device's update goes through before anybody sees it."""

import math
from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from fedser.config import Section
from fedser.errors import ConfigError, did_you_mean
from fedser.privacy.accountant import Scheme
from fedser.privacy.adaptive_clipping import AdaptiveClipping
from fedser.privacy.compression import Compression
from fedser.privacy.defences import DEFENCES, Defence
from fedser.privacy.weighting import Weights


class PrivacyOptions(Section):
    """[privacy]: how updates are protected; nothing is by default."""

    mechanism: Literal["none", "central", "distributed"] = "none"
    """`central`: the server adds noise to the sum; `distributed`: the devices add shares of it beneath secure
    aggregation, and the server sees only the noisy sum."""
    unit: Literal["device", "owner", "example"] = "device"
    """What is protected: a whole `device`, or an `owner` with all of at most `devices_per_owner` devices, each of
    which is clipped to its share of `clip`."""
    devices_per_owner: int = Field(1, ge=1, le=100_000)
    """The most devices that one owner has."""
    clip: float | None = Field(None, gt=0, le=1e9)
    """Bound C on the L2 norm of a whole update; small values bias, large ones cost noise."""
    adaptive_clipping: AdaptiveClipping | None = None
    """Follow a quantile of the updates' norms in place of a constant."""
    noise_multiplier: float | None = Field(None, ge=0, le=1e9)
    """σ: the sum's noise in clips; 0 gives no guarantee."""
    target_epsilon: float | None = Field(None, gt=0, allow_inf_nan=False)
    """Find σ so that the whole run costs this ε."""
    delta: float | None = Field(None, gt=0, lt=1)
    """Must lie below 1 / devices."""
    budget: float | None = Field(None, gt=0, allow_inf_nan=False)
    """ε before which the run stops; unset, it is `target_epsilon`, and without either the run does not stop."""
    sampling: Scheme = "known"
    """What the guarantee may assume of the cohorts (see `accountant`)."""
    compression: Compression = "none"
    """Send less of an update."""
    keep: float = Field(0.1, gt=0, le=1)
    """Share of entries that top-k sends."""
    stochastic_rounding: bool = True
    """Eight bits are rounded at random, without bias."""
    secure_aggregation: bool = False
    """The server learns nothing but the sum of a round's updates."""
    threshold: float = Field(2 / 3, gt=0.5, le=1)
    """Share of a round's participants that must survive a secure sum, more than a half."""
    least_participants: int = Field(2, ge=2, le=100_000)
    """The fewest devices whose secure sum a device itself adds to."""
    active_server: bool = False
    """Devices sign their keys and the survivors of a secure sum, against a server that does not follow the
    protocol."""
    secure_range: float = Field(8.0, gt=0, allow_inf_nan=False)
    """Largest magnitude of a value in a secure sum without `clip`."""
    secure_noise: bool = False
    """Noise from the operating system, and cohorts that are to be secret too, for a deployment; off, they are
    seeded and can be repeated, and every ε is said as if they were secret."""
    nonce: str | None = Field(None, pattern="^[0-9a-f]{16,64}$")
    """A part of the key of seeded noise and cohorts, in hexadecimal; unset, every run draws its own, and its
    run.json says it, for a run that is to be repeated."""
    weight_bound: int | None = Field(None, ge=1, le=1_000_000)
    """Examples beyond which a device counts no more."""
    defences: list[str] = Field([])
    """Further steps by name, in order, after the clip and before compression; their options stand in sections of
    their own."""

    @field_validator("defences")
    @classmethod
    def _known(cls, names: list[str]) -> list[str]:
        for name in names:
            if name not in DEFENCES:
                raise ValueError(f'unknown defence "{name}"{did_you_mean(name, DEFENCES)}')
            if names.count(name) > 1:
                raise ValueError(f'"{name}" is named twice')
        return names

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        wrongs = (*self._wrong_unit(), *self._wrong_noise(), *self._wrong_path(), *self._wrong_defences())
        for wrong, reason in wrongs:
            if wrong:
                raise ValueError(reason)
        return self

    @property
    def most_epsilon(self) -> float | None:
        """The ε that no round may exceed, if there is one."""
        return self.target_epsilon if self.budget is None else self.budget

    @property
    def private(self) -> bool:
        """Whether a guarantee is asked for."""
        return self.mechanism != "none"

    @property
    def promises(self) -> bool:
        """Whether there is noise: without it updates are clipped, and nothing is claimed."""
        return self.private and self.noise_multiplier != 0

    @property
    def hides_cohorts(self) -> bool:
        """Whether the guarantee counts on nobody learning who took part."""
        return self.private and self.sampling != "known"

    @property
    def asked(self) -> bool:
        """Whether an update goes through any step at all."""
        steps = self.clip is not None or self.compression != "none" or bool(self.defences)
        return self.private or self.secure_aggregation or steps

    @property
    def device_clip(self) -> float:
        """What one device is clipped to, 0 for nothing: the clip, or an owner's device's share of it."""
        return (self.clip or 0.0) / self.devices_per_owner

    def survivors(self, participants: int) -> int:
        """Return how many of a secure sum's participants must stay to its end, at least 2."""
        # The tolerance keeps 2/3 of 9 at 6.
        return max(2, participants // 2 + 1, math.ceil(self.threshold * participants - 1e-9))

    def check(self, devices: int, weights: Weights = "uniform") -> None:
        """Refuse, with the reason, what depends on the federation; raises ConfigError in one line."""
        if self.private and self.delta is not None and self.delta >= 1 / devices:
            raise ConfigError(
                f"[privacy]: delta {self.delta:g} is not below 1/{devices} = {1 / devices:.3g}: giving away "
                f"one device's data whole would count as private; choose a smaller delta"
            )
        if weights == "examples" and self.weight_bound is None and (self.private or self.secure_aggregation):
            raise ConfigError(
                "[privacy]: weights by the number of examples let one device count without limit, so no noise "
                'or grid covers it; use weights = "uniform" or set weight_bound'
            )
        if self.secure_aggregation and devices < 2:
            raise ConfigError("[privacy]: secure_aggregation needs two devices; the sum of one is its update")

    def _wrong_unit(self) -> list[tuple[bool, str]]:
        owner = self.unit == "owner"
        return [
            (
                self.unit == "example",
                'unit = "example" (DP-SGD) does not apply: the CCC couples the samples of a batch, so one sample '
                'has no gradient of its own to clip; use unit = "device"',
            ),
            (
                self.devices_per_owner > 1 and self.unit != "owner",
                'devices_per_owner is what unit = "owner" counts on; set the unit, or leave it out',
            ),
            (owner and not self.private, 'unit = "owner" without a mechanism: nothing is promised to anybody'),
            (
                owner and self.sampling == "fixed",
                'sampling = "fixed" draws devices, of which several may be one owner\'s: with unit = "owner" take '
                '"poisson" or "known"',
            ),
            (
                owner and self.adaptive_clipping is not None,
                "adaptive_clipping follows the updates of devices, not what those of an owner add up to; with "
                'unit = "owner" leave it out',
            ),
        ]

    def _wrong_noise(self) -> list[tuple[bool, str]]:
        both = (self.noise_multiplier is None) == (self.target_epsilon is None)
        any_noise = self.noise_multiplier is not None or self.target_epsilon is not None
        zero = self.noise_multiplier == 0
        return [
            (self.private and self.clip is None, f'mechanism = "{self.mechanism}" needs clip'),
            (
                self.private and both,
                f'mechanism = "{self.mechanism}" needs noise_multiplier or target_epsilon, one',
            ),
            (self.private and self.delta is None, f'mechanism = "{self.mechanism}" needs delta, below 1/devices'),
            (not self.private and self.budget is not None, "budget without a mechanism: nothing is spent"),
            (
                not self.private and any_noise,
                'noise without a mechanism; set mechanism = "central" or "distributed"',
            ),
            (self.adaptive_clipping is not None and not self.private, "adaptive_clipping needs a mechanism"),
            (self.adaptive_clipping is not None and zero, "adaptive_clipping needs noise_multiplier above 0"),
        ]

    def _wrong_path(self) -> list[tuple[bool, str]]:
        distributed = self.mechanism == "distributed"
        return [
            (
                distributed and not self.secure_aggregation,
                'mechanism = "distributed" needs secure_aggregation = true: a share of the noise protects '
                "the sum, not an update that the server sees alone",
            ),
            (
                distributed and self.sampling != "known",
                'mechanism = "distributed" needs sampling = "known": the server of a secure sum sees who takes '
                "part, so chance participation hides nobody from it",
            ),
            (
                self.active_server and not self.secure_aggregation,
                "active_server is of secure_aggregation; set that too",
            ),
            (
                self.secure_aggregation and self.compression != "none",
                f'compression = "{self.compression}" cannot go under secure_aggregation: masks need the same '
                "entries and grid on every device, and fill what was left out",
            ),
        ]

    def _wrong_defences(self) -> Iterator[tuple[bool, str]]:
        bounded = self.private or (self.secure_aggregation and self.clip is not None)
        for name in self.defences:
            step = DEFENCES[name]
            one_way = step.incoming is Defence.incoming or step.summed is not Defence.summed
            yield (
                bounded and not step.keeps_bound,
                f"{name} does not promise to keep an update within the clip (keeps_bound), on which "
                f"{'the guarantee' if self.private else 'the grid of a secure sum'} rests; leave it out",
            )
            yield (
                self.secure_aggregation and not one_way,
                f"{name} must be undone on single updates, and a secure sum shows none; leave it out",
            )
