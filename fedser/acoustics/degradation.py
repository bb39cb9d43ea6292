"""An environment that degrades: the same room and background, at one SNR after another."""

from collections.abc import Sequence

from fedser.acoustics.options import AcousticOptions
from fedser.errors import ConfigError

MARK = "@"


def conditions(
    name: str, options: AcousticOptions, snrs_db: Sequence[float], where: str = "ramp"
) -> dict[str, AcousticOptions]:
    """Return an environment at each SNR, by name `name@1`, `name@2`, …; each is one like any other.

    Raises ConfigError naming `where` if there is no noise whose SNR could change, or an SNR is out of range.
    """
    if options.noise == "none":
        raise ConfigError(f'{where}: environment "{name}" has no noise; an SNR ramp needs a noise to change')
    tables = [options.model_dump() | {"snr_db": float(snr_db)} for snr_db in snrs_db]
    return {f"{name}{MARK}{k}": AcousticOptions.read(table, where) for k, table in enumerate(tables, start=1)}


def place_and_condition(name: str) -> tuple[str, str]:
    """Return `("street", "street@2")` of `street@2`; an environment that does not degrade has no condition, ""."""
    place, mark, number = name.rpartition(MARK)
    return (place, name) if mark and place and number.isdigit() else (name, "")
