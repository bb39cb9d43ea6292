"""Secure sums on real engines, for a trusted server and for one that is not: the default engine's bytes."""

import pytest

from clients.node_key import KEYS
from tests.simulations.moving.small_federation import table

pytestmark = pytest.mark.engine

ACTIVE = ["privacy.active_server=true", "privacy.least_participants=3"]
CHANGES = [
    "seeds=1",
    "rounds=2",
    'arms=["federated:exper"]',
    "devices.count=3",
    "aggregation.weights=uniform",
    "privacy.secure_aggregation=true",
    "privacy.clip=0.5",
]


@pytest.fixture(scope="module")
def trusted(simulate, tmp_path_factory):
    """The default engine's results where the server is trusted to follow the protocol."""
    return simulate(tmp_path_factory.mktemp("default") / "run", "inprocess", CHANGES)


@pytest.fixture(scope="module")
def signed(simulate, tmp_path_factory):
    """Those where it is not."""
    return simulate(tmp_path_factory.mktemp("signed") / "run", "inprocess", CHANGES + ACTIVE)


def test_signatures_change_no_sum(trusted, signed):
    assert trusted["scores.csv"] == signed["scores.csv"]


@pytest.mark.parametrize("engine", ["ray", "deployment"])
def test_with_signatures_the_sum_is_the_same_on_every_engine(simulate, tmp_path, signed, engine):
    assert simulate(tmp_path / "run", engine, CHANGES + ACTIVE) == signed
    assert len(list((tmp_path / "run" / KEYS).iterdir())) == 3
    assert set(table(tmp_path / "run", "privacy.csv")["outcome"]) == {"aggregated"}


def test_a_secure_sum_under_ray_is_the_default_engines(simulate, tmp_path, trusted):
    assert simulate(tmp_path / "run", "ray", CHANGES) == trusted
