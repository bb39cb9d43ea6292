"""A defence in one file and one line: in every process, in its place, and refused where it must be."""

import sys

import numpy as np
import pytest

from fedser import plugins
from fedser.errors import ConfigError
from fedser.privacy import DEFENCES, Contribution, DeviceStreams
from fedser.privacy.clipping import norm
from tests.simulations.moving.private_federation import CENTRAL, DISTRIBUTED, RECORDED, UNIFORM, received
from tests.simulations.moving.small_federation import config, model_of, run, table, weights_hash

MODULE = "tests.privacy.defences.sign"
NAMED = {"plugins": {"modules": [MODULE]}, "aggregation": UNIFORM}
ARM = "federated:exper"


@pytest.fixture(autouse=True)
def as_before():
    """What a test registers is gone afterwards."""
    before = dict(plugins._registered["defences"])
    yield
    plugins._registered["defences"].clear()
    plugins._registered["defences"].update(before)
    sys.modules.pop(MODULE, None)


def test_it_keeps_the_signs_and_no_more_than_the_length():
    plugins.load_modules([MODULE])
    step, stream = DEFENCES["sign"].read({"dead_zone": 0.5}, "test"), np.random.default_rng(0)
    for size in (1, 7, 4000):
        values = stream.standard_normal(size).astype(np.float32)
        sent = step.outgoing(Contribution(values, np.zeros_like(values)), DeviceStreams(0, "arm", 1, 2)).values
        kept = np.abs(values) >= 0.5 * np.abs(values).mean()
        assert np.array_equal(np.sign(sent), np.sign(values) * kept)
        assert norm(sent) <= norm(values)


@pytest.mark.parametrize(
    "privacy",
    [{"clip": 0.3}, {"compression": "8-bit"}, {"secure_aggregation": True}, CENTRAL, DISTRIBUTED],
    ids=["clip", "8-bit", "secure sum", "central", "distributed"],
)
def test_it_goes_with_everything_because_it_keeps_the_bound(tmp_path, privacy):
    changes = {"arms": [ARM], "rounds": 2, "audit": RECORDED} | NAMED
    for workers in (1, 2):
        run(tmp_path / str(workers), workers, privacy=privacy | {"defences": ["sign"]}, **changes)
    run(tmp_path / "without", privacy=privacy, **changes)
    assert weights_hash(tmp_path / "1") == weights_hash(tmp_path / "2")
    assert not np.array_equal(model_of(tmp_path / "1", ARM), model_of(tmp_path / "without", ARM))
    assert set(table(tmp_path / "1", "costs.csv")["outcome"]) == {"trained"}
    kept, _ = received(tmp_path / "1", 1)
    for name in (name for name in kept if name.startswith("update/")):
        assert len(np.unique(np.abs(kept[name].numpy()))) <= 2
        assert norm(kept[name].numpy()) <= privacy.get("clip", np.inf)


def test_its_options_reach_the_devices(tmp_path):
    for dead_zone in (0.0, 1.0):
        changes = {"arms": [ARM], "rounds": 1, "sign": {"dead_zone": dead_zone}, "audit": RECORDED} | NAMED
        run(tmp_path / str(dead_zone), privacy={"defences": ["sign"]}, **changes)
    shares = [
        np.mean([(received(tmp_path / zone, 1)[0][f"update/{d}"] == 0).float().mean() for d in range(4)])
        for zone in ("0.0", "1.0")
    ]
    assert shares[0] < 0.05
    assert 0.3 < shares[1] < 0.9


def test_mistakes_are_one_line():
    for values, message in (
        (
            {"privacy": {"defences": ["sgin"]}},
            r'\[privacy\]: defences unknown defence "sgin"; did you mean "sign"\?$',
        ),
        ({"privacy": {"defences": ["sign", "sign"]}}, r'\[privacy\]: defences "sign" is named twice$'),
        ({"privacy": {"defences": ["sign"]}, "sign": {"dead": 1.0}}, r'\[sign\]: unknown key "dead"'),
    ):
        with pytest.raises(ConfigError, match=message) as error:
            config(arms=[ARM], **NAMED, **values)
        assert "\n" not in str(error.value)
