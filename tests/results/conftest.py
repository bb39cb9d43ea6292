"""A rehearsed run folder that tests read and never change."""

import pytest

from fedser.results.one_device import read_run
from tests.results.rehearsal import write_run


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("runs") / "rehearsal")


@pytest.fixture(scope="session")
def run(folder):
    return read_run(folder)
