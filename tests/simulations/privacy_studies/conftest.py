"""A small federation whose server kept what it received, and whose speech is still there."""

import pytest

from simulations.engines import inprocess
from simulations.privacy_studies.attacked import Attacked
from tests.device.small_world import write_place
from tests.simulations.moving import small_federation


@pytest.fixture(scope="session")
def attacked(tmp_path_factory):
    """Eight devices of six speakers, at home for two rounds and then in the office; ten utterances a speaker."""
    folder = tmp_path_factory.mktemp("attacked") / "run"
    config = small_federation.prepared(
        folder,
        arms=["federated:finetuning", "federated:exper", "personal-head:exper"],
        audit={"record_updates": True},
        devices={"count": 8},
        schedule={"environments": ["home", "home", "office", "office"], "stagger": False},
        stream={"per_round": 2},
        memory={"capacity": 2},
    )
    for place in (folder / "data").iterdir():
        if place.is_dir():
            write_place(place, f"condition {place.name}", int(place.name), 6, 10)
    inprocess.run_federation(folder, 8, 1)
    return Attacked(config, folder, folder / "data")
