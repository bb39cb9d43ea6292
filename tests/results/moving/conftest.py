"""A folder of commuters that tests read and never change."""

import pytest

from fedser.results.moving import read_moving_run
from tests.results.moving.commuters import write_commute


@pytest.fixture(scope="session")
def commute(tmp_path_factory):
    return write_commute(tmp_path_factory.mktemp("moving") / "commute")


@pytest.fixture(scope="session")
def run(commute):
    return read_moving_run(commute)
