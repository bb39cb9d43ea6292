import os
import subprocess
import sys
import threading

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from fedser.one_thread import VARIABLES, one_thread


def state():
    """What a process has chosen: environment, torch, and each library that threadpoolctl sees, as numpy's."""
    pools = {pool["filepath"]: pool["num_threads"] for pool in threadpool_info()}
    return [os.environ.get(name) for name in VARIABLES], torch.get_num_threads(), pools


@pytest.fixture
def several(monkeypatch):
    """A process of a notebook: as many threads as it likes."""
    monkeypatch.setenv("MKL_NUM_THREADS", "3")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    threads = torch.get_num_threads()
    with threadpool_limits(2):
        torch.set_num_threads(2)
        yield state()
    torch.set_num_threads(threads)


def test_inside_there_is_one_and_afterwards_all_is_as_before(several):
    assert several[1] == 2
    with one_thread():
        environment, of_torch, pools = state()
        assert environment == ["1"] * len(VARIABLES)
        assert of_torch == 1
        assert set(pools.values()) == {1}
    assert state() == several


def test_a_process_that_was_started_so_is_not_looked_through(several, monkeypatch):
    """Looking while another thread imports a library stood still for ever, in Flower's simulation."""

    looked, real = [], threadpool_limits
    monkeypatch.setattr("fedser.one_thread.threadpool_limits", lambda limit: looked.append(limit) or real(limit))
    for name in VARIABLES:
        monkeypatch.setenv(name, "1")
    with one_thread():
        assert torch.get_num_threads() == 1
    assert (looked, torch.get_num_threads()) == ([], 2)
    monkeypatch.delenv(VARIABLES[0])
    with one_thread():
        pass
    assert looked == [1]


def test_an_error_gives_the_threads_back_too(several):
    with pytest.raises(KeyError), one_thread():
        raise KeyError
    assert state() == several


def test_an_inner_block_ends_nothing(several):
    with one_thread():
        with one_thread():
            pass
        assert state()[1] == 1
    assert state() == several


def test_of_two_blocks_side_by_side_the_last_one_gives_them_back(several):
    entered, leave = threading.Event(), threading.Event()

    def other():
        with one_thread():
            entered.set()
            leave.wait()

    thread = threading.Thread(target=other)
    with one_thread():
        thread.start()
        entered.wait()
    assert os.environ["OMP_NUM_THREADS"] == "1"
    leave.set()
    thread.join()
    assert state()[0] == several[0]


def test_children_inherit_it(several):
    tell = "import torch, os; print(torch.get_num_threads(), os.environ['OPENBLAS_NUM_THREADS'])"
    with one_thread():
        assert subprocess.check_output([sys.executable, "-c", tell], text=True).split() == ["1", "1"]


def test_a_process_of_ours_keeps_to_it():
    program = """
import torch
from fedser.one_thread import keep_to_one_thread, one_thread
torch.set_num_threads(2)
keep_to_one_thread()
with one_thread():
    pass
print(torch.get_num_threads())
"""
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "1\n"


def test_a_sum_that_is_split_over_threads_is_not(several):
    """What it is for: OpenBLAS forms long sums in as many parts as it has threads."""
    values = np.random.default_rng(0).normal(size=700_001)
    with one_thread():
        alone = float(values @ values)
    with threadpool_limits(1):
        assert float(values @ values) == alone
