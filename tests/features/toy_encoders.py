"""Encoders that worker processes can import, and a program to start and kill.

    python toy_encoders.py STORE WORKERS ORDER FOLDER

extracts the recordings of a folder with `Slow` and prints the progress, a line at a time. Each line is longer than
a pipe holds: whoever reads them decides how far the program gets, on machines of any speed.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from fedser.features import FeatureStore, extract_acoustic, passage
from fedser.features.passage import Progress

FILLS_A_PIPE = "." * 2**17


class Slow:
    """Mean, deviation and ends of the waveform, after some milliseconds."""

    name, dimension, standardise, in_workers = "slow", 4, False, True
    settings: ClassVar[dict[str, Any]] = {}

    def __init__(self, pause_s: float = 0.004) -> None:
        self.pause_s = pause_s

    def encode(self, waveforms):
        time.sleep(self.pause_s * len(waveforms))
        rows = [[each.mean(), each.std(), each[0], each[-1]] for each in waveforms]
        return np.array(rows, dtype=np.float32).reshape(-1, 4)


class Fatal(Slow):
    """Ends its process, as the kernel does when memory runs out."""

    def encode(self, waveforms):
        os._exit(9)


def report(progress: Progress) -> None:
    print(progress.done, progress.total, progress.hours, FILLS_A_PIPE, flush=True)


if __name__ == "__main__":
    passage.CHUNK = 32
    folder, workers, order = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    files = sorted(Path(sys.argv[4]).glob("*.wav"))[::order]
    extract_acoustic(files, Slow(), FeatureStore(folder), workers=workers, on_progress=report)
