import numpy as np
import pytest
from scipy import stats

from fedser.errors import UserError
from fedser.privacy import (
    BudgetSpentError,
    Contribution,
    DeviceStreams,
    FederationFacts,
    PrivacyOptions,
    Protection,
    RoundTerms,
    epsilon,
    steps_of,
    weight,
)
from fedser.privacy.clipping import norm
from fedser.privacy.compression import decode, plain
from fedser.privacy.fixed_point import wrap

SIZE, DEVICES = 4000, tuple(range(8))
CENTRAL = {"mechanism": "central", "clip": 0.5, "noise_multiplier": 1.2, "delta": 1e-2}
DISTRIBUTED = {**CENTRAL, "mechanism": "distributed", "secure_aggregation": True}


def protection(options, weights="uniform", participants=8, **more):
    facts = FederationFacts(SIZE, devices=10, participants=participants, rounds=5, weights=weights)
    return Protection(PrivacyOptions(**options), facts, seed=0, arm="federated-gem", **more)


def updates(scale=0.05):
    return {
        device: (scale * np.random.default_rng(device).standard_normal(SIZE)).astype(np.float32)
        for device in DEVICES
    }


ORIGIN = np.zeros(SIZE, np.float32)
"""What devices started from, so that a model is its update."""


def sent(terms, vectors, weights=None):
    """What every device makes of its update."""
    weights = weights or dict.fromkeys(vectors, 1.0)
    streams = {d: DeviceStreams(0, "federated-gem", terms.round, d, terms.attempt) for d in vectors}
    return {
        device: steps_of(terms).send(Contribution(vector, ORIGIN, weights[device]), streams[device])
        for device, vector in vectors.items()
    }


def received(terms, parcels):
    return {device: steps_of(terms).receive(parcel) for device, parcel in parcels.items()}


def what_counts(guard, terms, contribution):
    """The norm of what a received contribution adds to the sum."""
    return norm(guard.steps(terms).sum([contribution], ORIGIN).values)


def plain_round(guard, vectors, weights=None, number=1):
    terms = RoundTerms.from_values(guard.terms(number, tuple(vectors)).to_values())
    parcels = sent(terms, vectors, weights)
    guard.charge(terms, tuple(vectors))
    return guard.average(terms, received(terms, parcels), ORIGIN).values


def secure_round(guard, vectors, weights=None, survivors=DEVICES, number=1):
    terms = RoundTerms.from_values(guard.terms(number, tuple(vectors)).to_values())
    parcels = sent(terms, vectors, weights)
    guard.charge(terms, tuple(vectors))
    total = sum((wrap(parcels[device].values) for device in survivors), np.zeros(terms.length(SIZE), np.uint32))
    return guard.average_of_sum(terms, total, len(survivors), ORIGIN).values


def clipped(vector, bound):
    return vector.astype(float) * min(1.0, bound / np.linalg.norm(vector.astype(float)))


def variance_is(sample, variance):
    below = stats.chi2.cdf(np.sum(sample**2) / variance, sample.size)
    return 2 * min(below, 1 - below)


def test_without_protection_the_average_is_federated_averaging():
    vectors = updates()
    weights = {device: float(10 + device) for device in DEVICES}
    expected = np.average([vectors[d] for d in DEVICES], axis=0, weights=[weights[d] for d in DEVICES])
    got = plain_round(protection({}, "examples"), vectors, weights)
    np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-12)


def test_secure_aggregation_changes_the_plain_average_by_the_grid_alone():
    vectors = updates()
    options = {"secure_aggregation": True, "weight_bound": 20}
    weights = {device: weight(10 + 3 * device, "examples", 20) for device in DEVICES}
    expected = np.average([vectors[d] for d in DEVICES], axis=0, weights=[weights[d] for d in DEVICES])
    guard = protection(options, "examples")
    step = guard.terms(1, DEVICES).grid_step
    np.testing.assert_allclose(secure_round(guard, vectors, weights), expected, atol=2 * step)
    assert step < 1e-7


def test_a_secure_average_of_survivors_is_theirs():
    vectors, left = updates(), (0, 1, 3, 4, 6, 7)
    got = secure_round(protection({"secure_aggregation": True, "clip": 100.0}), vectors, survivors=left)
    np.testing.assert_allclose(got, np.mean([vectors[d] for d in left], axis=0, dtype=float), atol=1e-5)


@pytest.mark.parametrize(
    "options", [CENTRAL, {**CENTRAL, "compression": "top-k"}, {**CENTRAL, "compression": "8-bit"}]
)
def test_no_update_counts_for_more_than_the_clip(options):
    guard = protection(options)
    terms = guard.terms(1, DEVICES)
    parcels = sent(terms, updates(scale=3.0))
    if options.get("compression") != "8-bit":  # whose rounding may lengthen it again; the server clips
        assert all(norm(decode(parcel.encoded)) <= terms.clip for parcel in parcels.values())
    for contribution in received(terms, parcels).values():
        assert what_counts(guard, terms, contribution) <= terms.clip
    giant = Contribution(np.full(SIZE, 1e6, np.float32), ORIGIN)
    assert what_counts(guard, terms, giant) <= terms.clip, "a device that does not clip is clipped"


@pytest.mark.parametrize(("sampling", "divisor"), [("known", 8), ("poisson", 8.0), ("fixed", 8.0)])
def test_central_noise_on_the_average_is_as_claimed(sampling, divisor):
    vectors = updates(scale=3.0)
    got = plain_round(protection({**CENTRAL, "sampling": sampling}), vectors)
    exact = sum(clipped(vector, 0.5) for vector in vectors.values()) / divisor
    assert variance_is(got - exact, (1.2 * 0.5 / divisor) ** 2) > 1e-3


def test_under_sampling_the_divisor_does_not_tell_how_many_took_part():
    few = {device: vector for device, vector in updates().items() if device < 2}
    got = plain_round(protection({**CENTRAL, "sampling": "poisson", "noise_multiplier": 1e-6}), few)
    np.testing.assert_allclose(got, sum(clipped(v, 0.5) for v in few.values()) / 8, atol=1e-6)


def test_nobody_took_part_and_still_there_is_noise():
    got = plain_round(protection({**CENTRAL, "sampling": "poisson"}), {})
    assert variance_is(got, (1.2 * 0.5 / 8) ** 2) > 1e-3
    assert not plain_round(protection({}), {}).any()


@pytest.mark.parametrize("left", [DEVICES, DEVICES[:6]])
def test_distributed_noise_on_the_sum_is_at_least_as_claimed(left):
    vectors = updates(scale=3.0)
    got = secure_round(protection(DISTRIBUTED), vectors, survivors=left)
    exact = sum(clipped(vectors[device], 0.5) for device in left) / len(left)
    claimed = (1.2 * 0.5) ** 2
    held = claimed * len(left) / 6  # two thirds of eight must survive
    assert variance_is((got - exact) * len(left), held) > 1e-3
    assert held >= claimed


def test_the_device_steps_put_the_noise_on_what_the_server_sees():
    guard = protection(DISTRIBUTED)
    terms = guard.terms(1, DEVICES)
    alone = sent(terms, updates())[0].values * terms.grid_step
    assert variance_is(alone - clipped(updates()[0], 0.5), (1.2 * 0.5) ** 2 / 6) > 1e-3


def test_a_round_repeats_exactly_and_others_differ():
    one, other = plain_round(protection(CENTRAL), updates()), plain_round(protection(CENTRAL), updates())
    assert np.array_equal(one, other)
    guard = protection({**CENTRAL, "secure_noise": True})
    assert not np.array_equal(plain_round(guard, updates()), one)


def test_the_average_does_not_depend_on_the_order_of_replies():
    vectors = updates()
    backwards = dict(reversed(list(vectors.items())))
    assert np.array_equal(plain_round(protection({}), vectors), plain_round(protection({}), backwards))


@pytest.mark.parametrize("options", [CENTRAL, DISTRIBUTED])
def test_the_clip_follows_the_norms_and_survives_a_checkpoint(options, tmp_path):
    options = {**options, "adaptive_clipping": {"quantile": 0.5, "learning_rate": 0.5, "count_noise": 0.7}}
    go = plain_round if options["mechanism"] == "central" else secure_round
    guard = protection(options, ledger=tmp_path / "ledger.json")
    go(guard, updates(scale=3.0))
    assert guard.clip > 0.5
    small = protection(options)
    go(small, updates(scale=1e-4))
    assert small.clip < 0.5
    resumed = protection(options, ledger=tmp_path / "ledger.json")
    resumed.restore(guard.state())
    assert resumed.terms(2, DEVICES) == guard.terms(2, DEVICES)


@pytest.mark.parametrize("options", [CENTRAL, DISTRIBUTED])
def test_the_count_is_paid_for_by_more_noise_on_the_updates(options):
    options = {**options, "adaptive_clipping": {"count_noise": 0.8}}
    guard, vectors = protection(options), updates(scale=3.0)
    go = plain_round if options["mechanism"] == "central" else secure_round
    exact = sum(clipped(vector, 0.5) for vector in vectors.values()) / 8
    updates_noise = (1.2**-2 - 1.6**-2) ** -0.5
    share = 8 / 6 if options["mechanism"] == "distributed" else 1.0
    assert variance_is(go(guard, vectors) - exact, share * (updates_noise * 0.5 / 8) ** 2) > 1e-3


def test_the_noise_found_for_a_target_lasts_for_the_rounds_and_no_longer(tmp_path):
    options = {"mechanism": "central", "clip": 0.5, "target_epsilon": 3.0, "delta": 1e-2, "sampling": "poisson"}
    guard = protection(options, participants=3, ledger=tmp_path / "ledger.json")
    for number in range(1, 6):
        plain_round(guard, {0: updates()[0]}, number=number)
    assert 2.9 < guard.ledger.epsilon() <= 3.0
    with pytest.raises(BudgetSpentError):
        guard.terms(6, DEVICES)
    resumed = protection(options, participants=3, ledger=tmp_path / "ledger.json")
    with pytest.raises(BudgetSpentError):
        resumed.terms(6, DEVICES)
    assert resumed.terms(5, (0,)).attempt == 1, "what is paid for may be repeated"
    assert resumed.ledger.epsilon() == epsilon(guard.noise.multiplier, guard.sampling, 5, 1e-2)


def test_nothing_is_released_before_it_is_charged():
    guard = protection(CENTRAL)
    terms = guard.terms(1, DEVICES)
    with pytest.raises(ValueError, match="has not been charged"):
        guard.average(terms, {}, ORIGIN)


def test_another_attempt_at_a_round_has_other_noise():
    guard = protection({**CENTRAL, "sampling": "poisson"})
    first = plain_round(guard, {})
    second = plain_round(guard, {0: np.zeros(SIZE, np.float32)})
    assert [charge.attempt for charge in guard.ledger.charges] == [1, 2]
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.1


def test_an_update_of_another_size_is_refused():
    guard = protection({})
    with pytest.raises(UserError, match="expected 4000"):
        guard.average(guard.terms(1, (0,)), {0: Contribution(np.zeros(3, np.float32), ORIGIN)}, ORIGIN)
    with pytest.raises(UserError, match="expected 4000"):
        steps_of(guard.terms(1, (0,))).receive(Contribution(ORIGIN, ORIGIN, encoded=plain(ORIGIN[:3])))


def test_a_weight_beyond_one_is_refused_under_a_guarantee():
    guard = protection({**CENTRAL, "weight_bound": 10}, "examples")
    with pytest.raises(UserError, match="a weight of 3"):
        guard.steps(guard.terms(1, DEVICES)).sum([Contribution(ORIGIN, ORIGIN, weight=3.0)], ORIGIN)


def test_terms_of_another_version_are_refused():
    values = protection({}).terms(1, DEVICES).to_values()
    with pytest.raises(UserError, match="differ in clip"):
        RoundTerms.from_values({key: value for key, value in values.items() if key != "clip"})


def test_weights():
    assert weight(30, "uniform") == 1
    assert weight(30, "examples") == 30
    assert weight(30, "examples", 40) == 0.75
    assert weight(300, "examples", 40) == 1
    with pytest.raises(UserError):
        weight(-1, "uniform")
