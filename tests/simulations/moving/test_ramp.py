"""A place that degrades: what is heard there changes with the round, and the run records it."""

import numpy as np
import pandas as pd

from fedser.protocol import EnvironmentData
from tests.device.small_world import PLACES
from tests.simulations.moving.small_federation import intercepted, prepared, run, table

RAMP = {"from_snr_db": 20.0, "to_snr_db": 0.0, "steps": 3, "first_round": 2, "last_round": 4}
EXPECTED = {1: "café@1", 2: "café@1", 3: "café@2", 4: "café@3", 5: "café@3"}


def test_the_condition_follows_the_round(tmp_path):
    folder = tmp_path / "run"
    places = [{"name": name} for name in PLACES[:2]] + [{"name": "café", "ramp": RAMP, "acoustics": "café"}]
    run(folder, environments=places, rounds=5, arms=["local:exper", "federated:gem"])
    visits = table(folder, "visits.csv")
    assert set(visits["environment"]) == set(PLACES)
    for row in visits.itertuples():
        assert row.condition == (EXPECTED[row.round] if row.environment == "café" else "")
    # One environment in the scores, however it sounds: a row for each place, not for each condition.
    assert set(table(folder, "scores.csv")["environment"]) == set(PLACES)


def test_the_held_out_speech_degrades_too(tmp_path):
    """A model that never changes scores differently in the café when the café changes, and only then."""
    folder = tmp_path / "run"
    places = [{"name": name} for name in PLACES[:2]] + [{"name": "café", "ramp": RAMP, "acoustics": "café"}]
    run(folder, environments=places, rounds=5, arms=["federated:finetuning"], stream={"label_fraction": 0.0})
    scores = table(folder, "scores.csv")
    mine = scores[(scores["device"] == "server") & (scores["metric"] == "ccc") & (scores["target"] == "valence")]
    by_round = mine.pivot_table(index="round", columns="environment", values="value")
    assert by_round["home"].nunique() == by_round["office"].nunique() == 1
    found = by_round["café"]
    assert found[1] == found[2] != found[3] != found[4] == found[5]


def test_prepared_data_hold_a_folder_for_each_condition(tmp_path):
    places = [{"name": "home"}, {"name": "café", "ramp": RAMP, "acoustics": "café"}]
    chosen = prepared(tmp_path / "run", environments=places, schedule={"environments": ["home", "café"]})
    assert chosen.device_settings().conditions == [[0], [1, 2, 3]]


def test_from_sound_to_results(simulate, moving, tiny, tmp_path, monkeypatch):
    """The steps are rendered at their SNR, and louder noise moves the embeddings further."""
    changed = tmp_path / "ramp.toml"
    ramp = "ramp = { from_snr_db = 20.0, to_snr_db = 0.0, steps = 3, last_round = 3 }"
    changed.write_text(
        moving.read_text().replace('root = "home', f'{ramp}\nacoustics = {{ noise = "pink" }}\nroot = "home', 1)
    )
    seen = {}

    def look(message, context, answer):
        data = tmp_path / "run" / "data"
        seen.update({k: EnvironmentData.read(data / str(k)) for k in range(3) if not seen})
        return answer(message, context)

    with intercepted(monkeypatch, look):
        code, _, err = simulate('schedule.environments=["home"]', config=changed)
    assert code == 0, err
    acoustics = pd.read_csv(tmp_path / "run" / "acoustics.csv", keep_default_na=False)
    home = acoustics[acoustics["environment"] == "home"]
    assert home["condition"].tolist() == ["home@1", "home@2", "home@3"]
    assert home["snr_target_db"].astype(float).tolist() == [20.0, 10.0, 0.0]
    assert np.abs(home["snr_db"].astype(float) - [20.0, 10.0, 0.0]).max() < 0.5
    visits = table(tmp_path / "run", "visits.csv")
    assert visits.groupby("round")["condition"].unique().str[0].tolist() == ["home@1", "home@2", "home@3"]
    sounds = [seen[k].examples["train"].acoustic for k in range(3)]
    assert (sounds[1] - sounds[0]).norm() < (sounds[2] - sounds[0]).norm()
    assert all(seen[k].utterances == seen[0].utterances for k in range(3))
