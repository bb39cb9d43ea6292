"""What a run could not go through with is said before a sound is rendered."""

import pytest

from fedser.errors import ConfigError
from simulations.moving import speech
from simulations.moving.config import MovingConfig
from simulations.moving.foresight import check_itinerary
from tests.simulations.moving.small_federation import VALUES


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["devices.count=5000"], "more devices than data: devices = 5000"),
        (["devices.count=200", 'devices.owner="mixed"'], "more devices than data: devices = 200"),
        (["devices.count=100000", "rounds=100000"], "are 10,000,000,000 device-rounds, expected at most"),
    ],
)
def test_too_many_are_refused_before_anything_is_heard(simulate, monkeypatch, changes, said):
    heard = []
    monkeypatch.setattr(speech._Speech, "hear", lambda *_: heard.append(1))
    code, _, err = simulate(*changes)
    assert (code, heard) == (2, [])
    [line] = [line for line in err.splitlines() if line.startswith("fedser: ")]
    assert said in line


@pytest.mark.parametrize("content", [None, "", "device,round,environment\n0,1,moon\n"])
def test_a_trace_that_cannot_be_followed_is_named(tmp_path, content):
    file = tmp_path / "trace.csv"
    if content is not None:
        file.write_text(content)
    values = {key: value for key, value in VALUES.items() if key != "schedule"}
    values |= {"mobility": {"kind": "trace"}, "trace": {"file": str(file)}}
    with pytest.raises(ConfigError, match=r"trace\.csv") as error:
        check_itinerary(MovingConfig.read(values, "test"))
    assert "\n" not in str(error.value)
