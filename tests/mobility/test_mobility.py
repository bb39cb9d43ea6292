"""What the base class does for a kind, and what is refused of one that breaks its promises."""

from typing import ClassVar

import numpy as np
import pytest
from pydantic import Field

from fedser.errors import ConfigError
from fedser.mobility import MOBILITY, Mobility, MobilityOptions, check, plan
from tests.mobility.itineraries import moves

PLACES = ("home", "office", "café")


class Given(Mobility):
    """Paths as they are given, for whatever they are worth."""

    name: ClassVar[str] = "given"

    turns: list[list[int]]

    def path(self, surroundings, device, rounds, stream):
        return np.array(self.turns[device][:rounds])


def test_a_kind_of_anybody_s_is_planned():
    """With a stream of its own for each device, and availability as all kinds have it."""

    class Anywhere(Mobility):
        name: ClassVar[str] = "anywhere"

        def path(self, surroundings, device, rounds, stream):
            return stream.integers(len(surroundings.names), size=rounds)

    shared = MobilityOptions(availability={"probability": 0.5})
    wide, narrow = (plan(shared, Anywhere(), PLACES, devices, 40, 3) for devices in (3, 2))
    assert np.array_equal(wide.places[:2], narrow.places)
    assert len({tuple(row) for row in wide.places.tolist()}) == 3
    assert 0 < wide.available.mean() < 1


@pytest.mark.parametrize(
    ("turns", "message"),
    [
        ([[0, 1], [0, 3]], r'^mobility "given": its paths hold 0 to 3, but environments count from 0 to 2$'),
        ([[0, -1], [0, 1]], "its paths hold -1 to 1"),
        ([[0, 1], [2, 2]], r'device 1 enters "café" in round 1, but it is withheld until round 2$'),
    ],
)
def test_paths_that_cannot_be(turns, message):
    with pytest.raises(ConfigError, match=message):
        plan(MobilityOptions(withheld={"café": 2}), Given(turns=turns), PLACES, 2, 2, 0)


def test_a_kind_without_paths_says_so():
    class Nowhere(Mobility):
        name: ClassVar[str] = "nowhere"

    with pytest.raises(NotImplementedError, match="Nowhere defines neither path nor paths"):
        plan(MobilityOptions(), Nowhere(), PLACES, 1, 1, 0)


class Guided(Mobility):
    """A kind with two files, one of which may be left out."""

    name: ClassVar[str] = "guided"
    files: ClassVar[tuple[str, ...]] = ("map", "guide")

    map: str
    guide: str | None = None
    speed: int = Field(1, ge=1)


def test_files_travel_with_the_data(tmp_path):
    source, data = tmp_path / "town.json", tmp_path / "data"
    source.write_text("streets")
    data.mkdir()
    kind = Guided(map=str(source), speed=2)
    carried = kind.carried(data)
    assert carried == Guided(map="guided/map/town.json", speed=2)
    assert [path for path in data.rglob("*") if path.is_file()] == [data / "guided" / "map" / "town.json"]
    assert (data / "guided" / "map" / "town.json").read_text() == "streets"
    assert kind.named_files() == {"map": str(source)}


@pytest.mark.parametrize("absent", ["nowhere.json", "."])
def test_a_file_that_is_absent_is_one_line(tmp_path, absent):
    with pytest.raises(ConfigError, match=r"^\[guided\]: map .* cannot be read \(") as error:
        Guided(map=str(tmp_path / absent)).carried(tmp_path)
    assert "\n" not in str(error.value)


def test_the_kinds_by_name():
    assert all(kind.name == name and kind.extends == "mobility" for name, kind in MOBILITY.items())
    assert {"static", "schedule", "semi-markov", "trace"} <= set(MOBILITY)


def test_the_section_of_the_chosen_kind_is_used():
    shared, own = moves("static", start="café")
    assert shared.chosen({"static": own}) == own
    assert shared.chosen({}) == MOBILITY["static"]()
    check(shared, own, PLACES)
