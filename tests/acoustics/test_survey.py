"""The rows of acoustics.csv."""

import numpy as np
import pytest

from fedser.acoustics import PRESETS, build, conditions, survey
from fedser.acoustics.survey import COLUMNS


def test_a_row_for_each_environment(presets, talkers):
    rows = survey(list(presets.values()), talkers, sample=3)
    assert tuple(rows.columns) == COLUMNS
    assert rows["environment"].tolist() == list(PRESETS)
    assert (rows["condition"] == "").all()
    for (_, row), (name, table) in zip(rows.iterrows(), PRESETS.items(), strict=True):
        wanted = [table.get("rt60_s", np.nan), table.get("snr_db", np.nan) if "noise" in table else np.nan]
        assert row[["rt60_target_s", "snr_target_db"]].tolist() == pytest.approx(wanted, nan_ok=True), name
        assert row["rt60_s"] == pytest.approx(wanted[0], rel=0.15, nan_ok=True)
        assert row[["snr_low_db", "snr_db", "snr_high_db"]].tolist() == pytest.approx(
            [wanted[1]] * 3, abs=0.5, nan_ok=True
        )
        assert (row["microphone"], row["noise"]) == (table.get("microphone", "flat"), table.get("noise", "none"))


def test_it_is_drawn_by_the_seed_whatever_the_order(presets, talkers):
    some = [presets["home"], presets["phone"]]
    assert survey(some, talkers, sample=4).equals(survey(some, talkers[::-1], sample=4))


def test_conditions_have_a_row_each(presets, talkers):
    ramp = conditions("street", presets["street"].options, (10.0, 0.0))
    rows = survey([build(name, options) for name, options in ramp.items()], talkers, sample=2)
    assert rows["environment"].tolist() == ["street", "street"]
    assert rows["condition"].tolist() == ["street@1", "street@2"]
    assert rows["snr_db"].tolist() == pytest.approx([10.0, 0.0], abs=0.5)


def test_nothing_to_hear_is_no_number(presets, tmp_path):
    (tmp_path / "broken.wav").write_text("no audio")
    rows = survey([presets["home"]], [tmp_path / "broken.wav", tmp_path / "gone.wav"])
    assert rows[["snr_db", "snr_low_db", "snr_high_db"]].isna().all(axis=None)
    assert rows["rt60_s"].iloc[0] == pytest.approx(0.4, rel=0.15)
