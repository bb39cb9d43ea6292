import numpy as np
import pytest

from clients.contributions import pack
from fedser.errors import ConfigError
from fedser.privacy import Contribution
from fedser.privacy.compression import plain
from fedser.privacy.options import PrivacyOptions
from fedser.privacy.statement import CLIPPED, EXACT, NOT_OF_DEVICES, TOLD, claims

CENTRAL = {"mechanism": "central", "clip": 1.0, "noise_multiplier": 1.0, "delta": 1e-3}
DISTRIBUTED = {**CENTRAL, "mechanism": "distributed", "secure_aggregation": True}


def read(**values):
    return PrivacyOptions.read(values, "run.toml [privacy]")


def without(values, *keys):
    return {key: value for key, value in values.items() if key not in keys}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"unit": "example"}, "the CCC couples the samples of a batch"),
        ({"devices_per_owner": 2}, 'devices_per_owner is what unit = "owner" counts on'),
        ({"unit": "owner"}, "without a mechanism: nothing is promised to anybody"),
        (CENTRAL | {"unit": "owner", "sampling": "fixed"}, 'take "poisson" or "known"'),
        (CENTRAL | {"unit": "owner", "adaptive_clipping": {}}, "adaptive_clipping follows the updates of devices"),
        (without(CENTRAL, "clip"), "needs clip"),
        (without(CENTRAL, "noise_multiplier"), "needs noise_multiplier or target_epsilon"),
        ({**CENTRAL, "target_epsilon": 3.0}, "needs noise_multiplier or target_epsilon"),
        (without(CENTRAL, "delta"), "needs delta"),
        ({"noise_multiplier": 1.0}, "noise without a mechanism"),
        ({"budget": 1.0}, "nothing is spent"),
        ({"adaptive_clipping": {}}, "adaptive_clipping needs a mechanism"),
        ({**CENTRAL, "adaptive_clipping": {}, "noise_multiplier": 0}, "above 0"),
        ({**DISTRIBUTED, "secure_aggregation": False}, "not an update that the server sees alone"),
        ({**DISTRIBUTED, "sampling": "poisson"}, "sees who takes part"),
        ({"secure_aggregation": True, "clip": 1.0, "compression": "top-k"}, "masks need the same"),
        ({"secure_aggregation": True, "compression": "8-bit"}, "masks need the same"),
        ({**CENTRAL, "threshold": 0.5}, "greater than 0.5"),
        ({**CENTRAL, "clip": 0}, "greater than 0"),
        ({**CENTRAL, "clip": float("inf")}, "finite"),
        ({"noise": 1.0}, 'unknown key "noise"'),
    ],
)
def test_what_does_not_hold_is_refused_in_one_line(values, reason):
    with pytest.raises(ConfigError, match=reason) as error:
        read(**values)
    assert "\n" not in str(error.value)
    assert str(error.value).startswith("run.toml [privacy]")


@pytest.mark.parametrize(
    "values", [{}, CENTRAL, DISTRIBUTED, {"clip": 1.0, "compression": "top-k"}, {"secure_aggregation": True}]
)
def test_what_holds_is_taken(values):
    read(**values).check(devices=50)


def test_delta_must_lie_below_one_over_the_devices():
    read(**{**CENTRAL, "delta": 0.0999}).check(devices=10)
    with pytest.raises(ConfigError, match=r"not below 1/10"):
        read(**{**CENTRAL, "delta": 0.1}).check(devices=10)


def test_unbounded_weights_are_refused_where_a_bound_is_needed():
    read().check(10, "examples")
    for values in (CENTRAL, {"secure_aggregation": True}):
        with pytest.raises(ConfigError, match="one device count without limit"):
            read(**values).check(10, "examples")
        read(**values, weight_bound=100).check(10, "examples")


def test_a_secure_sum_of_one_is_refused():
    with pytest.raises(ConfigError, match="two devices"):
        read(secure_aggregation=True).check(1)


def test_survivors_are_always_a_majority():
    options = read(secure_aggregation=True)
    assert [options.survivors(n) for n in (2, 3, 4, 9, 10, 100)] == [2, 2, 3, 6, 7, 67]
    narrow = read(secure_aggregation=True, threshold=0.51)
    assert all(2 * narrow.survivors(n) > n for n in range(2, 200))
    assert read(threshold=1.0).survivors(7) == 7


def test_the_budget_is_the_target_unless_given():
    target = {**without(CENTRAL, "noise_multiplier"), "target_epsilon": 4.0}
    assert read(**target).most_epsilon == 4.0
    assert read(**target, budget=2.0).most_epsilon == 2.0
    assert read(**CENTRAL).most_epsilon is None


def test_claims_say_what_is_not_covered():
    assert "no claim is made about a head" in " ".join(claims(read(**CENTRAL), "personal-head"))
    assert "no claim" not in " ".join(claims(read(**CENTRAL), "federated"))
    assert claims(read(), "federated") == [
        "No differential privacy: the updates carry what training put into them.",
        TOLD,
    ]
    assert "whoever knows the seed" in " ".join(claims(read(**CENTRAL)))
    assert "whoever knows the seed" not in " ".join(claims(read(**CENTRAL, secure_noise=True)))
    assert "No model leaves a device" in claims(read(**CENTRAL), "local")[0]


def test_claims_say_what_leaves_beside_the_update():
    """As a device packs it: under a clip, whether it was clipped, unless the server sees no single update."""
    packed = pack(Contribution(np.zeros(2, np.float32), np.zeros(2, np.float32), 1.0, False, plain(np.zeros(2))))
    assert set(packed["encoding"]) == {"kind", "size", "inside"}
    assert CLIPPED in claims(read(**CENTRAL))
    assert CLIPPED in claims(read(clip=0.5))
    assert CLIPPED not in claims(read(clip=0.5, secure_aggregation=True))
    assert CLIPPED not in claims(read())
    assert any(line.startswith("A device tells, bare: its number") for line in claims(read(), "local"))
    assert any(line.startswith("A device tells its number") for line in claims(read(**CENTRAL), "local"))


def test_claims_end_where_the_accountant_s_do():
    assert {NOT_OF_DEVICES, EXACT} <= set(claims(read(**CENTRAL)))
    assert not {NOT_OF_DEVICES, EXACT} & set(claims(read(clip=0.5)))
