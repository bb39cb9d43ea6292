"""Rows in one order, whatever order they were computed in."""

import numpy as np
import pandas as pd
import pytest

from fedser.results.moving import SCHEMA, MovingOrder, sort_moving, write_moving
from tests.results.moving.commuters import ARMS, PLACES

NAMES = sorted(SCHEMA)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_rows_in_any_order_give_the_same_bytes(name, run, commute, tmp_path):
    frame = getattr(run, name.removesuffix(".csv"))
    write_moving(tmp_path, name, frame.sample(frac=1, random_state=3), run.order)
    assert (tmp_path / name).read_bytes() == (commute / name).read_bytes()


def test_the_server_comes_first_then_all_then_devices_by_number(run):
    devices = [str(n) for n in range(12)]
    frame = run.scores.iloc[:1].drop(columns="device")
    frame = pd.concat([frame.assign(device=d) for d in [*reversed(devices), "all", "server"]])
    assert sort_moving(frame, run.order)["device"].tolist() == ["server", "all", *devices]


def test_arms_and_places_follow_the_config_not_the_alphabet(run):
    order = MovingOrder([2, 0, 1], ARMS[::-1], PLACES[::-1])
    sorted_ = sort_moving(run.scores, order)
    assert list(dict.fromkeys(sorted_["seed"])) == [2, 0, 1]
    first = sorted_[sorted_["seed"] == 2]
    assert list(dict.fromkeys(first["mode"])) == ["federated", "local"]
    assert list(dict.fromkeys(first["environment"])) == list(PLACES[::-1])


@pytest.mark.parametrize(("column", "value"), [("environment", "moon"), ("mode", "central"), ("seed", 9)])
def test_a_stranger_is_refused(run, column, value):
    frame = run.scores.copy()
    frame.loc[5, column] = value
    with pytest.raises(ValueError, match="row 5"):
        sort_moving(frame, run.order)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_without_rows_can_be_written(name, run, tmp_path):
    empty = pd.DataFrame([], columns=list(SCHEMA[name]))
    path = write_moving(tmp_path, name, empty, run.order)
    assert path.read_text().strip() == ",".join(column for column in SCHEMA[name] if column != "rule")


def test_acoustics_may_have_no_room_and_no_noise(run):
    assert np.isnan(run.acoustics["rt60_s"][0])
    assert run.acoustics["rt60_s"][1] == 0.51
