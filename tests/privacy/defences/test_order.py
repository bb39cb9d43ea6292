"""The steps of a round: their order on the device, in reverse on the server; none at all for plain rounds."""

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from fedser.errors import ConfigError, UserError
from fedser.privacy import (
    Contribution,
    Defence,
    DeviceStreams,
    FederationFacts,
    PrivacyOptions,
    Protection,
    Steps,
    Total,
)
from fedser.privacy.compression import eight_bit
from fedser.privacy.defences.compress import Compress
from fedser.privacy.defences.count import Count
from fedser.privacy.defences.weigh import Weigh
from fedser.privacy.fixed_point import wrap

SIZE = 50
STREAM = DeviceStreams(0, "arm", 1, 0)
CENTRAL = {"mechanism": "central", "clip": 0.5, "noise_multiplier": 1.2, "delta": 1e-2}
ADAPTIVE = {**CENTRAL, "adaptive_clipping": {}}
SECURE = {"secure_aggregation": True}


class Spy(Defence):
    """Writes down when it is called; negates, so that its two sides do not commute with the clip's."""

    name: ClassVar[str] = "spy"
    does: ClassVar[str] = "spies."
    keeps_bound: ClassVar[bool] = True

    calls: ClassVar[list[str]] = []

    def outgoing(self, contribution, streams):
        self.calls.append("outgoing")
        return replace(contribution, values=-contribution.values)

    def incoming(self, contribution):
        self.calls.append("incoming")
        return replace(contribution, values=-contribution.values)

    def summed(self, total):
        self.calls.append("summed")
        return replace(total, values=-total.values)


def guard(options, further=(), size=SIZE):
    facts = FederationFacts(size, devices=10, participants=4, rounds=5)
    return Protection(PrivacyOptions(**options), facts, seed=0, arm="arm", further=further)


def steps(options, further=()):
    protection = guard(options, further)
    return protection.steps(protection.terms(1, range(4)))


def contribution(seed=0, size=SIZE):
    stream = np.random.default_rng(seed)
    origin = stream.standard_normal(size).astype(np.float32)
    return Contribution(origin + (0.1 * stream.standard_normal(size)).astype(np.float32), origin)


def test_a_plain_round_is_the_empty_list_and_nothing_is_touched():
    given = contribution()
    sent = Steps().send(given, STREAM)
    assert sent is given
    assert Steps().receive(sent) is given
    assert Steps().model_of(sent) is given.values
    assert np.array_equal(Steps().update_of(sent), given.values - given.origin)


@pytest.mark.parametrize(
    ("options", "device", "server"),
    [
        ({"clip": 1.0}, ["difference", "clip", "compress"], ["weigh"]),
        ({"compression": "top-k"}, ["difference", "compress"], ["weigh"]),
        (CENTRAL, ["difference", "clip", "compress"], ["weigh", "central-noise"]),
        (ADAPTIVE, ["difference", "clip", "compress"], ["weigh", "count", "central-noise"]),
        (SECURE, ["difference", "weigh", "on-grid"], []),
        ({**CENTRAL, **SECURE}, ["difference", "clip", "weigh", "on-grid"], ["central-noise"]),
        (
            {**ADAPTIVE, **SECURE, "mechanism": "distributed"},
            ["difference", "clip", "weigh", "count", "on-grid", "noise-share"],
            [],
        ),
    ],
)
def test_the_list(options, device, server):
    found, with_spy = steps(options), steps(options, [Spy()])
    joint = [step.name for step in found.joint]
    on_device = [step.name for step in (*found.own, *(found.joint if found.secure else ()), *found.carriage)]
    on_server = ([] if found.secure else joint) + [step.name for step in found.noise]
    assert (on_device, on_server) == (device, server)
    names = [step.name for step in with_spy.own]
    assert names == [*(name for name in device if name in ("difference", "clip")), "spy"]


def test_single_updates_come_back_through_the_same_steps_in_reverse():
    calls, given = Spy.calls, contribution()
    calls.clear()
    found = steps({"clip": 100.0}, [Spy()])
    sent = found.send(given, STREAM)
    assert np.array_equal(sent.encoded.arrays["values"], -(given.values - given.origin))
    assert calls == ["outgoing"]
    model = found.model_of(found.receive(sent))
    assert calls == ["outgoing", "incoming"]
    np.testing.assert_allclose(model, given.values, atol=1e-7)


@pytest.mark.parametrize(("options", "undone"), [({"clip": 100.0}, ["incoming"] * 3), (SECURE, ["summed"])])
def test_an_average_is_undone_once_on_the_updates_or_on_the_sum(options, undone):
    given = [contribution(seed) for seed in range(3)]
    given = [replace(one, origin=given[0].origin) for one in given]
    found = steps(options, [Spy()])
    sent = [found.send(one, STREAM) for one in given]
    Spy.calls.clear()
    if found.secure:
        whole = Total(wrap(sum(one.values for one in sent)), given[0].origin, 3, 3.0)
    else:
        whole = found.sum([found.receive(one) for one in sent], given[0].origin)
    model = found.model_after(found.average(whole))
    assert Spy.calls == undone
    np.testing.assert_allclose(model, np.mean([one.values for one in given], axis=0, dtype=float), atol=1e-6)


def test_the_bit_of_the_clip_is_not_weighted_and_comes_last():
    given = replace(contribution(), weight=0.25, inside=False)
    weighed = Count(scale=3.0).into_sum(Weigh(append=True).into_sum(given))
    assert weighed.values[-2:].tolist() == [0.25, -1.5]
    np.testing.assert_allclose(weighed.values[:-2], 0.25 * given.values, rtol=1e-7)
    another = np.concatenate([np.zeros(SIZE), [0.75, 1.5]])
    total = Total(weighed.values + another, given.origin, 2, 2.0)
    counted = Count(scale=3.0).summed(total)
    assert counted.inside == 0.5
    average = Weigh(append=True).summed(counted).values
    np.testing.assert_allclose(average, 0.25 * given.values.astype(float), rtol=1e-7)
    assert (
        Weigh(guaranteed=True, expected=5.0).summed(replace(counted, values=np.ones(2))).values.tolist()
        == [0.2] * 2
    )
    assert Weigh().summed(Total(np.ones(2), given.origin, 0, 0.0)).values.tolist() == [0.0, 0.0]


def test_an_update_that_travelled_otherwise_is_refused():
    given = contribution()
    other = replace(given, encoded=eight_bit(given.values))
    with pytest.raises(UserError, match="compressed as 8-bit, expected 50 values, compressed as top-k"):
        Compress(kind="top-k", keep=0.5).incoming(other)
    with pytest.raises(UserError, match="got none, expected 50 values, compressed as none"):
        Compress().incoming(given)
    with pytest.raises(UserError, match="got one of 49 values"):
        Compress(kind="8-bit").incoming(replace(given, encoded=eight_bit(given.values[:-1])))


REFUSED = [
    ({**CENTRAL, "defences": ["local-noise"]}, "does not promise to keep an update within the clip"),
    ({"clip": 1.0, **SECURE, "defences": ["local-noise"]}, "on which the grid of a secure sum rests"),
]


@pytest.mark.parametrize(("values", "reason"), REFUSED)
def test_what_lengthens_an_update_is_refused_where_the_bound_is_needed(values, reason):
    with pytest.raises(ConfigError, match=rf"^here: local-noise .*{reason}") as error:
        PrivacyOptions.read(values, "here")
    assert "\n" not in str(error.value)
    for fine in ({"defences": ["local-noise"]}, {"clip": 1.0, "defences": ["local-noise"]}, SECURE):
        assert PrivacyOptions.read(fine, "here").asked


def test_what_must_be_undone_on_single_updates_does_not_go_with_a_secure_sum(monkeypatch):
    from fedser import plugins

    class Scale(Defence):
        name: ClassVar[str] = "scale"
        does: ClassVar[str] = "scales."

        def incoming(self, contribution):
            return contribution

    class Linear(Scale):
        name: ClassVar[str] = "linear"

        def summed(self, total):
            return total

    for kind in (Scale, Linear):
        monkeypatch.setitem(
            plugins._registered["defences"], kind.name, plugins._Registered(kind, __name__, kind.__name__)
        )
    PrivacyOptions.read({**SECURE, "defences": ["linear"]}, "here")
    with pytest.raises(ConfigError, match="scale must be undone on single updates, and a secure sum shows none"):
        PrivacyOptions.read({**SECURE, "defences": ["scale"]}, "here")
