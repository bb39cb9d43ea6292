"""What [privacy] asks of the other sections: a guarantee holds for a federation, not for a mechanism alone."""

from fedser.errors import ConfigError
from fedser.privacy import PrivacyOptions, require_accounting
from fedser.privacy.weighting import Weights


def check_privacy(
    options: PrivacyOptions, devices: int, weights: Weights, sampling: str, quorum: float, deadline_s: float | None
) -> None:
    """Refuse, with the reason, what would break the promise of [privacy]; raises ConfigError in one line."""
    options.check(devices, weights)
    if not options.private:
        return
    require_accounting()
    hidden = options.sampling != "known"
    for wrong, reason in (
        (
            hidden and sampling != options.sampling,
            f'sampling = "{options.sampling}" counts on devices that are drawn so, but [participation] has '
            f'sampling = "{sampling}"; make both the same, or take [privacy] sampling = "known"',
        ),
        (
            hidden and quorum > 0,
            f'sampling = "{options.sampling}" counts on nobody learning who took part, and whether '
            '[participation] quorum was reached tells; leave quorum at 0, or take sampling = "known"',
        ),
        (
            hidden and options.secure_aggregation,
            f'sampling = "{options.sampling}" counts on nobody learning who took part, and a secure sum that '
            'fails for want of devices tells; take sampling = "known", or leave out secure_aggregation',
        ),
        (
            deadline_s is not None,
            "[participation] deadline_s: who is late depends on how much a device has heard, which no noise "
            "covers; leave it out",
        ),
        (
            weights == "examples" and not options.secure_aggregation,
            '[aggregation] weights = "examples": the number would go up bare beside the update; use "uniform", or '
            "secure_aggregation, which weighs on the device",
        ),
    ):
        if wrong:
            raise ConfigError(f"[privacy]: {reason}")
