"""Which settings are attacked, on whom, and what is refused."""

import pytest

from fedser.errors import ConfigError
from simulations.privacy_studies.attacked import Attacked
from simulations.privacy_studies.config import InversionSection
from simulations.privacy_studies.inversion_study import inversion_rows


def test_a_batch_of_one_goes_under_a_squared_error_and_each_setting_is_done_once(attacked):
    rows = inversion_rows(attacked, InversionSection(batches=[1, 2], steps=[1, 2], trials=2), 0)
    settings = [(row["attack"], row["batch"], row["steps"]) for row in rows if row["metric"] == "cosine"]
    assert settings == [("squared", "1", "1"), ("ccc", "2", "1"), ("ccc", "2", "2")]
    assert rows[0]["estimate"] > 0.999


def test_more_than_a_speaker_said_is_refused_with_both_numbers(attacked):
    with pytest.raises(ConfigError, match=r"8 utterances in an update need 16 .* no speaker has more than 10"):
        inversion_rows(attacked, InversionSection(batches=[8], steps=[1], trials=2), 0)


def test_a_model_without_heads_is_refused(attacked):
    config = attacked.config.model_copy(update={"arms": ["personal-head:exper"]})
    with pytest.raises(ConfigError, match="federated"):
        inversion_rows(Attacked(config, attacked.run, attacked.data), InversionSection(), 0)
