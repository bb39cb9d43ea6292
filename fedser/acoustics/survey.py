"""What environments turned out to be: RT60 and SNR as measured on some utterances, beside what was asked."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedser import audio, seeding
from fedser.acoustics.degradation import place_and_condition
from fedser.acoustics.environment import Environment
from fedser.acoustics.family import Family
from fedser.acoustics.recordings import Choice
from fedser.acoustics.render import render

COLUMNS = (
    "environment",
    "condition",
    "rt60_target_s",
    "rt60_s",
    "snr_target_db",
    "snr_db",
    "snr_low_db",
    "snr_high_db",
    "microphone",
    "noise",
)

SAMPLE = 20
"""Utterances that an environment is measured on."""

ROOMS, SAMPLE_IN_ROOM = 6, 4
"""Rooms of a family that are measured, and utterances in each."""

DECIMALS = 3


def survey(
    environments: Sequence[Environment], paths: Sequence[str | Path], seed: int = 0, sample: int = SAMPLE
) -> pd.DataFrame:
    """Return a row for each environment, columns `COLUMNS`; NaN where there is no room, no noise or no speech.

    The utterances are drawn from `paths` by the seed; those that cannot be read are passed over. SNR is the
    mean, the least and the most over them.
    """
    choice = Choice.draw([Path(path) for path in paths], sample, seeding.generator(seed, "acoustics", "survey"))
    waveforms = []
    for path in choice.paths:
        try:
            waveforms.append(audio.read(path))
        except audio.UnreadableAudioError:
            continue
    return pd.DataFrame([_row(environment, waveforms) for environment in environments], columns=list(COLUMNS))


def survey_family(family: Family, paths: Sequence[str | Path], seed: int = 0) -> pd.DataFrame:
    """Return one row for a family, as `survey`: measured in some of the rooms drawn, and RT60 their mean."""
    rooms = family.drawn
    chosen = rooms[:: -(-len(rooms) // ROOMS)] if rooms else []
    found = survey(chosen, paths, seed, SAMPLE_IN_ROOM)
    row = found.iloc[:1].copy()
    for column, over in (("rt60_s", "mean"), ("snr_db", "mean"), ("snr_low_db", "min"), ("snr_high_db", "max")):
        row[column] = round(float(found[column].agg(over)), DECIMALS)
    return row


def _row(environment: Environment, waveforms: Sequence[NDArray[np.float32]]) -> dict[str, Any]:
    options = environment.options
    ratios: list[float] = []
    if environment.background is not None:
        ratios = [render(waveform, environment)[1].snr_db for waveform in waveforms]
    finite = np.array([ratio for ratio in ratios if np.isfinite(ratio)] or [np.nan]).round(DECIMALS)
    place, condition = place_and_condition(environment.name)
    return {
        "environment": place,
        "condition": condition,
        "rt60_target_s": options.rt60_s if environment.room else np.nan,
        "rt60_s": round(environment.rt60_s, DECIMALS) if environment.room else np.nan,
        "snr_target_db": options.snr_db if environment.background else np.nan,
        "snr_db": float(finite.mean().round(DECIMALS)),
        "snr_low_db": float(finite.min()),
        "snr_high_db": float(finite.max()),
        "microphone": options.microphone,
        "noise": options.noise,
    }
