"""Extractions killed by SIGKILL, and extractions side by side."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fedser.features import FeatureStore, extract_acoustic
from fedser.seeding import generator
from tests.features.toy_encoders import Slow

PROGRAM = Path(__file__).with_name("toy_encoders.py")
COUNT = 600
PATIENCE_S = 300
"""Longer than any machine takes; what hangs fails."""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("many")
    random = np.random.default_rng(11)
    for number in range(COUNT):
        soundfile.write(folder / f"{number:03}.wav", random.uniform(-0.5, 0.5, 800), 16000)
    return sorted(folder.glob("*.wav"))


@pytest.fixture(scope="module")
def uninterrupted(files, tmp_path_factory):
    store = FeatureStore(tmp_path_factory.mktemp("whole"))
    return extract_acoustic(files, Slow(pause_s=0), store).vectors()


def start(store, files, workers=1, order=1):
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, PROGRAM, store, str(workers), str(order), files[0].parent]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def kept(store: Path) -> int:
    return len(FeatureStore(store).shelf(Slow()).matrix())


def wait_until_at_work(process) -> int:
    """Return the utterances done as soon as there are more than at the start."""
    first = int(process.stdout.readline().split()[0])
    for line in process.stdout:
        if int(line.split()[0]) > first:
            return int(line.split()[0])
    return first


@pytest.mark.parametrize(("workers", "kills"), [(1, 3), (2, 1)])
def test_killed_again_and_again_it_gives_the_same_vectors(tmp_path, files, uninterrupted, workers, kills):
    moments = generator(4, "moments of the kill", workers)
    for _ in range(kills):
        process = start(tmp_path, files, workers)
        reported = wait_until_at_work(process)
        time.sleep(moments.uniform(0, 0.2))
        process.send_signal(signal.SIGKILL)
        # The pipe ends when its last holder has: workers that outlived the parent would be noticed here.
        process.communicate(timeout=PATIENCE_S)
        assert process.returncode == -signal.SIGKILL
        assert reported <= kept(tmp_path) < COUNT
    process = start(tmp_path, files, workers)
    assert process.stdout.readline().split()[0] != "0"
    process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert kept(tmp_path) == COUNT
    again = extract_acoustic(files, Slow(), FeatureStore(tmp_path))
    assert again.vectors().tobytes() == uninterrupted.tobytes()


def test_two_at_once_from_both_ends(tmp_path, files, uninterrupted):
    both = [start(tmp_path, files, order=order) for order in (1, -1)]
    lines = [process.communicate(timeout=PATIENCE_S)[0].splitlines() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    for printed in lines:
        done, total, hours, _ = printed[-1].split()
        assert (done, total) == (str(COUNT), str(COUNT))
        assert float(hours) == pytest.approx(COUNT * 0.05 / 3600)
    assert kept(tmp_path) == COUNT
    again = extract_acoustic(files, Slow(), FeatureStore(tmp_path))
    assert again.vectors().tobytes() == uninterrupted.tobytes()
