import numpy as np
import pandas as pd

from fedser.corpora.durations import examine


def test_durations_come_in_the_order_of_files(tmp_path, hum):
    # More files than one batch of a thread holds.
    seconds = [1 + number / 100 for number in range(150)]
    paths = [str(hum(tmp_path / f"{number}.wav", length)) for number, length in enumerate(seconds)]
    paths[70] = str(tmp_path / "none.wav")

    found = examine(pd.Series(paths), pd.Series(np.nan, index=range(150)))

    assert {k: fault.reason for k, fault in found.faults.items()} == {70: "no such file"}
    assert np.isnan(found.duration_s[70])
    np.testing.assert_allclose(np.delete(found.duration_s, 70), np.delete(seconds, 70), rtol=0, atol=1e-12)


def test_a_known_duration_is_taken_if_the_file_exists(tmp_path, hum):
    paths = pd.Series([str(hum(tmp_path / "a.wav", 2.0)), str(tmp_path / "none.wav"), str(tmp_path / "a.wav")])

    found = examine(paths, pd.Series([9.0, 9.0, np.nan]))

    np.testing.assert_array_equal(found.duration_s, [9.0, np.nan, 2.0])


def test_no_files_have_no_durations():
    assert examine(pd.Series([], dtype=str), pd.Series([], dtype=float)).duration_s.shape == (0,)
