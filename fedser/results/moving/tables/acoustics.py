"""Table 5b: the environments as asked for and as rendered."""

import numpy as np
import pandas as pd

from fedser.results.moving.run import MovingRun
from fedser.results.numerals import NONE
from fedser.results.table import Group, Row, Table


def acoustics_table(run: MovingRun) -> Table:
    """Return Table 5b."""
    rows = [_row(row) for _, row in run.acoustics.iterrows()]
    return Table(
        key="5b",
        title="Acoustics achieved against target",
        caption="Reverberation time and signal-to-noise ratio of each environment, as asked for and as measured.",
        groups=(Group("", 4), Group("RT60 (s)", 3), Group("SNR (dB)", 4)),
        header=(
            *("environment", "condition", "microphone", "noise"),
            *("target", "measured", "off by"),
            *("target", "measured", "lowest", "highest"),
        ),
        blocks=(tuple(rows),),
        notes=("–: none was asked for.",),
        text_columns=4,
    )


def _row(row: "pd.Series[float]") -> Row:
    names = [str(row[name]) or NONE for name in ("environment", "condition", "microphone", "noise")]
    target, measured = float(row["rt60_target_s"]), float(row["rt60_s"])
    off = _off(target, measured)
    snr = [_number(row[name], 1) for name in ("snr_target_db", "snr_db", "snr_low_db", "snr_high_db")]
    return (*names, _number(target, 2), _number(measured, 2), off, *snr)


def _number(value: float, places: int) -> str:
    return NONE if np.isnan(value) else f"{value:.{places}f}".replace("-", "−")


def _off(target: float, measured: float) -> str:
    if np.isnan(measured) or not target > 0:
        return NONE
    return f"{round(100 * (measured / target - 1)):+d} %".replace("-", "−")
