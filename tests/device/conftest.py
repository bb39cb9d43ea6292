"""One folder of data for all worlds of a test session."""

import pytest

from tests.device.small_world import make_world


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """Make a world with other settings: world(seed=…, memory={…})."""
    folder = tmp_path_factory.mktemp("world")
    return lambda **changes: make_world(folder, **changes)
