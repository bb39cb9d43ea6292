"""What holds for every way of moving."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fedser.mobility import plan
from tests.mobility.itineraries import ENVIRONMENTS, MATRIX, dwells, semi_markov, valid_moves, withheld

seeds = st.integers(0, 1000)


@settings(max_examples=60)
@given(options=valid_moves, seed=seeds, devices=st.integers(1, 5), rounds=st.integers(1, 30), data=st.data())
def test_a_path_depends_neither_on_the_number_of_devices_nor_on_the_length_of_the_run(
    options, seed, devices, rounds, data
):
    large = plan(*options, ENVIRONMENTS, devices, rounds, seed)
    fewer, shorter = data.draw(st.integers(1, devices)), data.draw(st.integers(1, rounds))
    small = plan(*options, ENVIRONMENTS, fewer, shorter, seed)

    assert np.array_equal(small.places, large.places[:fewer, :shorter])
    assert np.array_equal(small.available, large.available[:fewer, :shorter])
    assert large.places.shape == large.available.shape == (devices, rounds)
    assert large.places.dtype == np.int16
    assert large.available.dtype == np.bool_


@settings(max_examples=60)
@given(options=valid_moves, seed=seeds)
def test_nobody_enters_an_environment_before_its_round(options, seed):
    places = plan(*options, ENVIRONMENTS, 6, 30, seed).places
    for name, opens in options[0].withheld.items():
        assert not (places[:, : opens - 1] == ENVIRONMENTS.index(name)).any()


@settings(max_examples=60)
@given(dwell=dwells, held=withheld, seed=seeds)
def test_a_device_goes_only_where_the_matrix_lets_it(dwell, held, seed):
    ring = {"home": {"office": 1.0}, "office": {"café": 1}, "café": {"street": 1}, "street": {"home": 1}}
    options = semi_markov(transitions=ring, dwell=dwell, withheld=held)
    places = plan(*options, ENVIRONMENTS, 4, 40, seed).places
    moved = places[:, 1:] != places[:, :-1]
    assert np.array_equal(places[:, 1:][moved], (places[:, :-1][moved] + 1) % 4)


@given(seed=seeds, length=st.integers(1, 5))
def test_no_stay_is_followed_by_one_in_the_same_environment(seed, length):
    """With a fixed dwell a loop would show as a stay of twice its length."""
    options = semi_markov(transitions=MATRIX, dwell={"kind": "fixed", "mean": length})
    places = plan(*options, ENVIRONMENTS, 3, 6 * length, seed).places
    stays = places.reshape(3, 6, length)
    assert (stays == stays[:, :, :1]).all()
    assert (stays[:, 1:, 0] != stays[:, :-1, 0]).all()


def test_devices_and_seeds_differ():
    options = semi_markov(preset="fast")
    one, other = (plan(*options, ENVIRONMENTS, 2, 60, seed).places for seed in (0, 1))
    assert not np.array_equal(one[0], one[1])
    assert not np.array_equal(one, other)


def test_availability_does_not_change_the_paths():
    often, seldom = semi_markov(preset="fast"), semi_markov(preset="fast", availability=0.3)
    plans = [plan(*options, ENVIRONMENTS, 5, 40, 3) for options in (often, seldom)]
    assert np.array_equal(plans[0].places, plans[1].places)
    assert plans[0].available.all()
    assert not plans[1].available.all()
