"""What a private federation costs: epsilon by device and owner, budgets, and kills that are paid for once."""

import numpy as np
import pandas as pd
import pytest

from fedser.errors import ConfigError
from fedser.privacy import Protection, Sampling, epsilon
from simulations.engines import inprocess
from simulations.moving import federation
from simulations.moving.outcome import write_results
from simulations.moving.privacy_results import write_privacy
from simulations.moving.round_files import RoundFiles
from tests.simulations.moving.private_federation import (
    CENTRAL,
    DISTRIBUTED,
    UNIFORM,
    ledger_of,
    protected,
    spending,
)
from tests.simulations.moving.small_federation import (
    ACOUSTICS,
    intercepted,
    prepared,
    weights_hash,
)


def test_epsilon_is_the_accountants(tmp_path):
    _, record = protected(tmp_path / "run", CENTRAL, audit={"canaries": 100})
    expected = [epsilon(1.0, Sampling("known"), rounds, 0.01) for rounds in (1, 2, 3, 4)]
    assert spending(tmp_path / "run")["epsilon"].tolist() == expected
    told = record["privacy"]
    assert (told["mechanism"], told["delta"], told["sampling"]) == ("central", 0.01, "known")
    shown = told["arms"][0].pop("audit")
    assert shown["claimed"] == expected[-1]
    assert 0 < shown["shown"] < expected[-1]
    assert told["arms"] == [
        {
            "seed": 0,
            "arm": "federated:exper-random",
            "noise_multiplier": 1.0,
            "sampling_rate": 1.0,
            "rounds": 4,
            "epsilon": expected[-1],
            "epsilon_device": expected[-1],
            "epsilon_owner": expected[-1],  # every owner has one device
        }
    ]
    assert (told["unit"], told["devices_per_owner"]) == ("device", 1)
    assert told["published_together"] == {"device": expected[-1], "owner": expected[-1]}  # one arm and seed


def test_an_owner_of_two_devices_is_told_apart_and_bounded(tmp_path):
    """Four devices of two owners, known and all asked in 4 rounds: closed forms of both units."""
    two = {"speakers": 2, "arms": ["federated:exper", "federated:finetuning"]}
    _, by_device = protected(tmp_path / "device", CENTRAL, **two)
    owner = CENTRAL | {"unit": "owner", "devices_per_owner": 2}
    _, by_owner = protected(tmp_path / "owner", owner, **two)

    def gaussian(noise, rounds):
        return epsilon(noise, Sampling("known"), rounds, 0.01)

    for record, device, own in ((by_device, 1.0, 0.5), (by_owner, 2.0, 1.0)):
        for arm in record["privacy"]["arms"]:
            assert arm["epsilon_device"] == pytest.approx(gaussian(device, 4), rel=1e-9)
            assert arm["epsilon_owner"] == pytest.approx(gaussian(own, 4), rel=1e-9)
        together = {"device": gaussian(device, 8), "owner": gaussian(own, 8)}
        assert record["privacy"]["published_together"] == pytest.approx(together, rel=1e-9)
    assert by_owner["privacy"]["arms"][0]["epsilon"] == by_owner["privacy"]["arms"][0]["epsilon_owner"]
    assert set(spending(tmp_path / "owner")["clip"]) == {CENTRAL["clip"] / 2}


def test_an_owner_with_more_devices_than_counted_on_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"an owner has 2 devices, and devices_per_owner = 1; raise it"):
        protected(tmp_path / "run", CENTRAL | {"unit": "owner"}, speakers=2)
    mixed = {"devices": {"owner": "mixed"}}
    with pytest.raises(ConfigError, match='"mixed" deals out all speech to all of them; take owner = "speaker"'):
        protected(tmp_path / "mixed", CENTRAL | {"unit": "owner"}, **mixed)


@pytest.mark.parametrize(("scheme", "size"), [("poisson", {"fraction": 0.5}), ("fixed", {"cohort": 2})])
def test_epsilon_counts_on_how_devices_are_really_drawn(tmp_path, scheme, size):
    part = {"sampling": scheme, **size}
    protected(tmp_path / "run", CENTRAL | {"sampling": scheme}, participation=part)
    expected = [epsilon(1.0, Sampling(scheme, 0.5), rounds, 0.01) for rounds in (1, 2, 3, 4)]
    np.testing.assert_allclose(spending(tmp_path / "run")["epsilon"].astype(float), expected, rtol=1e-12)


def test_a_target_is_spent_on_the_rounds_that_a_device_really_takes_part_in(tmp_path):
    """With half of the devices a round nobody is in all four, and the noise need not be that of four."""
    privacy = {**CENTRAL, "target_epsilon": 3.0}
    del privacy["noise_multiplier"]
    _, record = protected(tmp_path / "run", privacy, participation={"fraction": 0.5})
    asked = pd.Series([d for charge in ledger_of(tmp_path / "run")["charges"] for d in charge["devices"]])
    most = int(asked.value_counts().max())
    spent = record["privacy"]["arms"][0]
    assert spent["rounds"] == 4
    assert most < 4
    assert spent["epsilon"] == epsilon(spent["noise_multiplier"], Sampling("known"), most, 0.01)
    assert 2.98 < spent["epsilon"] <= 3.0


def test_the_rounds_end_before_the_budget_does(tmp_path, monkeypatch):
    budget = epsilon(1.0, Sampling("known"), 2, 0.01) + 0.01
    asked = []

    def listen(message, context, answer):
        asked.append(message.content["task"]["round"])
        return answer(message, context)

    with intercepted(monkeypatch, listen):
        chosen, record = protected(tmp_path / "run", CENTRAL | {"budget": budget})
    rows = spending(tmp_path / "run")
    assert rows["outcome"].tolist() == ["aggregated", "aggregated", "budget-spent"]
    assert set(asked) == {1, 2}, "nothing is sent in the round that is not paid for"
    assert record["privacy"]["arms"][0]["epsilon"] <= budget
    assert record["privacy"]["arms"][0]["rounds"] == 2
    warning = write_results(tmp_path / "run", chosen, ACOUSTICS)[-1]
    assert "ended before round 3" in warning
    before = weights_hash(tmp_path / "run"), ledger_of(tmp_path / "run")
    inprocess.run_federation(tmp_path / "run", 4, 1)
    assert (weights_hash(tmp_path / "run"), ledger_of(tmp_path / "run")) == before


class KilledError(Exception):
    """Stands for SIGKILL at one point of a run."""


def fail_at(monkeypatch, owner, name, when, after=False):
    """Kill the run the first time that a function is called (or has ended) with arguments that fit."""
    original = getattr(owner, name)

    def dying(self, *arguments, **more):
        if when(*arguments):
            if after:
                original(self, *arguments, **more)
            raise KilledError
        return original(self, *arguments, **more)

    monkeypatch.setattr(owner, name, dying)


KILLS = [
    (Protection, "charge", lambda terms, *_: terms.round == 2, False),
    (RoundFiles, "write", lambda state, _: state.round == 2, False),
    (Protection, "charge", lambda terms, *_: terms.round == 3, True),
]
"""Before a charge, after the release of a round, after a charge."""
IN_A_SUM = (federation.Federation, "_ask", lambda kind, *_: kind != "train", True)


@pytest.mark.parametrize(
    ("privacy", "kills"), [(CENTRAL, KILLS), (DISTRIBUTED, [*KILLS, IN_A_SUM])], ids=["central", "distributed"]
)
def test_killed_and_resumed_is_the_same_and_paid_once(tmp_path, monkeypatch, privacy, kills):
    arm, folder, whole = "personal-head:exper", tmp_path / "killed", tmp_path / "whole"
    changes = {"aggregation": UNIFORM | {"rule": "fedadam"}, "participation": {"fraction": 0.75}}
    privacy = privacy | {"adaptive_clipping": {"quantile": 0.5}}
    protected(whole, privacy, arm=arm, **changes)
    chosen = prepared(folder, arms=[arm], privacy=privacy, **changes)
    for kill in kills:
        with monkeypatch.context() as patch:
            fail_at(patch, *kill)
            with pytest.raises(KilledError):
                inprocess.run_federation(folder, 4, 1)
    inprocess.run_federation(folder, 4, 1)
    write_results(folder, chosen, ACOUSTICS)
    write_privacy(folder, chosen)
    assert weights_hash(folder) == weights_hash(whole)
    assert ledger_of(folder, arm) == ledger_of(whole, arm)
    assert [charge["round"] for charge in ledger_of(folder, arm)["charges"]] == [1, 2, 3, 4]
    for file in ("scores.csv", "privacy.csv", "prequential.csv"):
        assert (folder / file).read_bytes() == (whole / file).read_bytes()
    assert spending(folder)["clip"].nunique() == 4, "the clip moved, and a resumed run knows where to"
