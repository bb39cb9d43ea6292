"""A corpus, an encoder, and a kind of mobility."""

from typing import ClassVar

import numpy as np
import pandas as pd
from pydantic import Field

import fedser
from fedser.corpora.loader import Parsed


class Tones(fedser.CorpusLoader):
    """Files named speaker_activation_valence_number.wav, ratings in hundredths."""

    name: ClassVar[str] = "tones"

    min_duration_s: float = 0.2

    def parse(self, root):
        rows = []
        for file in sorted(root.glob("*.wav")):
            speaker, activation, valence, _ = file.stem.split("_")
            labels = {"activation": int(activation) / 100, "valence": int(valence) / 100}
            rows.append({"utterance": file.stem, "path": str(file), "speaker": speaker} | labels)
        return Parsed(pd.DataFrame(rows), label_range=(-1.0, 1.0))


class Loudness(fedser.AcousticEncoder):
    """Level, and how fast the wave turns."""

    name: ClassVar[str] = "loudness"
    dimension: ClassVar[int] = 2
    standardise: ClassVar[bool] = True
    revision: ClassVar[int] = 1

    floor_db: float = -80.0

    def encode(self, waveforms):
        floor = 10 ** (self.floor_db / 10)
        rows = [[10 * np.log10(np.mean(x**2) + floor), np.abs(np.diff(x)).mean()] for x in waveforms]
        return np.array(rows, dtype=np.float32).reshape(-1, 2)


class Pendulum(fedser.Mobility):
    """To and fro between the first environment and the others in turn, `swing` rounds each."""

    name: ClassVar[str] = "pendulum"

    swing: int = Field(1, ge=1)

    def path(self, surroundings, device, rounds, stream):
        stays = (np.arange(rounds) // self.swing) + device % 2
        others = 1 + (stays // 2) % max(1, len(surroundings.names) - 1)
        return np.where(stays % 2 == 0, 0, others).astype(np.int64)
