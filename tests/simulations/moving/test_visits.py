"""visits.csv: every round of some devices, of the others those in which they were asked."""

import numpy as np
import pytest

from fedser.device import World
from tests.simulations.moving.small_federation import run, table

CHANGES = {
    "rounds": 5,
    "devices": {"count": 7},
    "arms": ["federated:finetuning", "local:finetuning"],
    "participation": {"fraction": 0.4},
    "stream": {"label_fraction": 0.6},
    "mobility": {"availability": 0.8},
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    base = tmp_path_factory.mktemp("visits")
    for name, visits in (("all", 1000), ("some", 3)):
        run(base / name, **CHANGES, reports={"visits": visits})
    return base


def test_every_round_of_all_is_what_the_world_says(folders):
    visits, world = table(folders / "all", "visits.csv"), World.read(folders / "all" / "data", 0)
    assert len(visits) == 5 * 7
    for row in visits.itertuples():
        items, labelled_in = world.heard(row.device, row.round)
        assert row.environment == world.settings.environments[world.place(row.device, row.round)]
        assert row.available == world.itinerary.available[row.device, row.round - 1]
        assert (row.heard, row.labelled) == (len(items), (labelled_in >= 0).sum())


def test_of_many_devices_some_are_followed_and_the_others_told_where_they_were_asked(folders):
    everything, some = (table(folders / name, "visits.csv") for name in ("all", "some"))
    costs = table(folders / "some", "costs.csv")
    asked = set(zip(costs["device"], costs["round"], strict=True))
    pairs = zip(everything["device"], everything["round"], strict=True)
    told = [device in (0, 3, 6) or (device, round) in asked for device, round in pairs]
    assert 0 < len(some) < len(everything)
    assert some.equals(everything[np.array(told)].reset_index(drop=True))
    assert (folders / "all" / "scores.csv").read_bytes() == (folders / "some" / "scores.csv").read_bytes()
