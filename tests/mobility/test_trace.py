import pytest

from fedser.errors import ConfigError
from fedser.mobility import plan
from tests.mobility.itineraries import moves

ENVIRONMENTS = ["home", "café", "street"]

GOOD = """device,round,environment
0,1,home
0,2,café
1,2,street
1,1,home
"""


def replay(folder, text, devices=2, rounds=2, **options):
    (folder / "walks.csv").write_text(text, encoding="utf-8")
    return plan(*moves("trace", file="walks.csv", **options), ENVIRONMENTS, devices, rounds, 0, folder)


def test_a_trace_is_replayed_in_any_order_of_lines(tmp_path):
    itinerary = replay(tmp_path, GOOD)
    assert itinerary.places.tolist() == [[0, 1], [0, 2]]
    assert itinerary.available.all()


def test_a_shorter_run_replays_the_beginning(tmp_path):
    assert replay(tmp_path, GOOD, rounds=1).places.tolist() == [[0], [0]]


def test_availability_comes_from_the_trace_if_it_has_it(tmp_path):
    text = "device,round,environment,available\n0,1,home,1\n0,2,home,0\n"
    assert replay(tmp_path, text, devices=1).available.tolist() == [[True, False]]


def test_availability_comes_from_the_options_if_the_trace_has_none(tmp_path):
    text = "device,round,environment\n" + "".join(f"0,{r},home\n" for r in range(1, 101))
    assert 20 < replay(tmp_path, text, devices=1, rounds=100, availability=0.4).available.sum() < 60


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (GOOD.replace("street", "stret"), {}, 'line 4: environment "stret" is not .* did you mean "street"?'),
        (GOOD + "2,1,home\n", {}, r'line 6: device "2" is beyond the run\'s 2 devices; they count from 0 to 1'),
        (GOOD + "-1,1,home\n", {}, 'line 6: device "-1" is not a whole number'),
        (GOOD + "1,0,home\n", {}, 'line 6: round "0" is not a round; rounds count from 1'),
        (GOOD + "1,3.5,home\n", {}, 'line 6: round "3.5" is not a whole number'),
        (GOOD + "1,,home\n", {}, 'line 6: round "" is not a whole number'),
        (GOOD + "0,2,home\n", {}, "lines 3 and 6: device 0 is in round 2 twice"),
        (
            GOOD.replace("1,2,street\n", ""),
            {},
            "no line for device 1 in round 2; .* devices 0 to 1 in rounds 1 to 2",
        ),
        (GOOD, {"rounds": 3}, "no line for device 0 in round 3"),
        (GOOD, {"devices": 3}, "no line for device 2 in round 1"),
        (GOOD.replace("environment", "place"), {}, 'the column "environment" is missing'),
        (GOOD.replace("environment\n", "environment,availble\n").replace("e\n", "e,1\n"), {}, "line"),
        ("device,round,environment,on\n0,1,home,1\n", {}, 'unknown column "on"'),
        ("device,round,environment,available\n0,1,home,yes\n", {}, 'line 2: available "yes" must be 0 or 1'),
        ("device,round,environment\n", {}, "expected a header and a line"),
        ("", {}, "expected a header and a line"),
        (GOOD + "1,2\n", {}, "line 6: 2 values, but the header has 3 columns"),
        (GOOD, {"withheld": {"café": 3}}, 'line 3: "café" in round 2, but it is withheld until round 3'),
        (
            "device,round,environment,available\n0,1,home,1\n",
            {"devices": 1, "rounds": 1, "availability": 0.9},
            "availability is given, but .trace. says who is available too",
        ),
    ],
)
def test_bad_traces(tmp_path, text, options, message):
    with pytest.raises(ConfigError, match=message) as error:
        replay(tmp_path, text, **options)
    assert "\n" not in str(error.value)
    assert str(error.value).startswith(("[trace]: ", "[mobility]: "))


@pytest.mark.parametrize("file", ["nowhere.csv", "."])
def test_a_file_that_cannot_be_read(tmp_path, file):
    options = moves("trace", file=file)
    with pytest.raises(ConfigError, match=r"\[trace\]: .* cannot be read"):
        plan(*options, ENVIRONMENTS, 1, 1, 0, tmp_path)


def test_bytes_that_are_no_text(tmp_path):
    (tmp_path / "walks.csv").write_bytes("device,round,environment\n0,1,café\n".encode("latin-1"))
    options = moves("trace", file="walks.csv")
    with pytest.raises(ConfigError, match=r"walks\.csv is not text in UTF-8"):
        plan(*options, ENVIRONMENTS, 1, 1, 0, tmp_path)


def test_names_of_environments_are_one_in_either_normal_form(tmp_path):
    assert replay(tmp_path, GOOD.replace("café", "cafe\u0301")).places.tolist() == [[0, 1], [0, 2]]
