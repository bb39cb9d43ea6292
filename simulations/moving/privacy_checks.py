"""What [privacy] asks of the other sections: a guarantee holds for a federation, not for a mechanism alone."""

from collections.abc import Iterator

from fedser.errors import ConfigError
from fedser.privacy import PrivacyOptions, require_accounting
from fedser.privacy.weighting import Weights
from simulations.moving.participation import ParticipationSection


def check_privacy(options: PrivacyOptions, devices: int, weights: Weights, part: ParticipationSection) -> None:
    """Refuse, with the reason, what would break the promise of [privacy]; raises ConfigError in one line."""
    options.check(devices, weights)
    if not options.private:
        return
    require_accounting()
    for wrong, reason in (*_wrong_cohorts(options, devices, part), *_wrong_tales(options, weights, part)):
        if wrong:
            raise ConfigError(f"[privacy]: {reason}")


def _wrong_cohorts(
    options: PrivacyOptions, devices: int, part: ParticipationSection
) -> Iterator[tuple[bool, str]]:
    """Yield what a credit for sampling cannot be given for."""
    sampling, fixed = part.sampling, options.sampling == "fixed"
    yield (
        options.sampling not in ("known", sampling),
        f'sampling = "{options.sampling}" counts on devices that are drawn so, but [participation] has '
        f'sampling = "{sampling}"; make both the same, or take [privacy] sampling = "known"',
    )
    yield (
        fixed and part.cohort is None,
        'sampling = "fixed" counts on a cohort of the same size whoever belongs to the federation, and a fraction '
        'of the devices is not; set [participation] cohort in its place, or take sampling = "poisson"',
    )
    yield (
        fixed and part.cohort is not None and part.cohort >= devices,
        f"[participation] cohort = {part.cohort} of {devices} devices draws nobody by chance; lower it, or take "
        '[privacy] sampling = "known"',
    )


def _wrong_tales(
    options: PrivacyOptions, weights: Weights, part: ParticipationSection
) -> Iterator[tuple[bool, str]]:
    """Yield what would tell of a device beside its update."""
    hidden = options.sampling != "known"
    yield from (
        (
            hidden and part.quorum > 0,
            f'sampling = "{options.sampling}" counts on nobody learning who took part, and whether '
            '[participation] quorum was reached tells; leave quorum at 0, or take sampling = "known"',
        ),
        (
            hidden and options.secure_aggregation,
            f'sampling = "{options.sampling}" counts on nobody learning who took part, and a secure sum that '
            'fails for want of devices tells; take sampling = "known", or leave out secure_aggregation',
        ),
        (
            part.deadline_s is not None,
            "[participation] deadline_s: who is late depends on how much a device has heard, which no noise "
            "covers; leave it out",
        ),
        (
            weights == "examples" and not options.secure_aggregation,
            '[aggregation] weights = "examples": the number would go up bare beside the update; use "uniform", or '
            "secure_aggregation, which weighs on the device",
        ),
    )
