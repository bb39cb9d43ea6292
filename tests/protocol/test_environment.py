"""What is written for the workers is what they read."""

import numpy as np
import pandas as pd

from fedser.metrics import bin_levels
from fedser.protocol import EnvironmentData
from fedser.protocol.environment import write_environment
from fedser.vocabulary import SPLITS


def table(n=9):
    labels = [-1.0, -1 / 3, 2 * (5.0 - 1) / 6 - 1, 1 / 3, 0.1, 2 * (3.0 - 1) / 6 - 1, 1.0, 1e-17, -0.1]
    return pd.DataFrame(
        {
            "utterance": [f"{k:03d}" for k in range(n)],
            "speaker": ["NA", "nan", "", "1", "01", "s", "s", "t", "u"],
            "gender": ["female", "male", ""] * 3,
            "split": [SPLITS[k % 3] for k in range(n)],
            "duration_s": np.linspace(3, 12, n),
            "activation": labels,
            "valence": labels[::-1],
        }
    )


def test_round_trip(tmp_path):
    rows, stream = table(), np.random.default_rng(0)
    acoustic, lexical = (stream.normal(size=(9, d)).astype(np.float32) for d in (4, 0))
    write_environment(tmp_path / "0", "café 1", rows, acoustic, lexical)
    read = EnvironmentData.read(tmp_path / "0")
    assert read.name == "café 1"
    for split in SPLITS:
        inside = (rows["split"] == split).to_numpy()
        assert np.array_equal(read.examples[split].acoustic.numpy(), acoustic[inside])
        assert read.examples[split].lexical.shape == (3, 0)
        assert read.utterances[split] == rows.loc[inside, "utterance"].tolist()
        labels = rows.loc[inside, ["activation", "valence"]].to_numpy()
        assert np.array_equal(read.labels[split], labels)
        assert np.array_equal(bin_levels(read.labels[split][:, 0]), bin_levels(labels[:, 0]))
    assert read.candidates.speaker.tolist() == ["NA", "1", "s"]
    assert read.candidates.gender.tolist() == ["female", "female", "female"]
