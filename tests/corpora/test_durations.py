import numpy as np
import pandas as pd

from fedser.corpora.durations import durations_s


def test_durations_come_in_the_order_of_files(tmp_path, silence):
    # More files than one batch of a thread holds.
    seconds = [1 + number / 100 for number in range(150)]
    paths = [str(silence(tmp_path / f"{number}.wav", length)) for number, length in enumerate(seconds)]
    paths[70] = str(tmp_path / "none.wav")

    found = durations_s(pd.Series(paths), pd.Series(np.nan, index=range(150)))

    assert np.isnan(found[70])
    np.testing.assert_allclose(np.delete(found, 70), np.delete(seconds, 70), rtol=0, atol=1e-12)


def test_a_known_duration_is_taken_if_the_file_exists(tmp_path, silence):
    paths = pd.Series([str(silence(tmp_path / "a.wav", 2.0)), str(tmp_path / "none.wav"), str(tmp_path / "a.wav")])

    found = durations_s(paths, pd.Series([9.0, 9.0, np.nan]))

    np.testing.assert_array_equal(found, [9.0, np.nan, 2.0])


def test_no_files_have_no_durations():
    assert durations_s(pd.Series([], dtype=str), pd.Series([], dtype=float)).shape == (0,)
