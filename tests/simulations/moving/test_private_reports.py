"""What a device tells under privacy beside its update, and what a run claims."""

import json

import pytest

from clients.failures import LOG
from fedser.device import Life
from fedser.errors import NonFiniteGradientError
from fedser.results.moving import PRIVACY
from simulations.moving.privacy_results import with_claims, write_privacy
from tests.simulations.moving.private_federation import (
    ARM,
    CENTRAL,
    DISTRIBUTED,
    RECORDED,
    UNIFORM,
    ledger_of,
    phase_of,
    protected,
    raw_updates,
    received,
    spending,
)
from tests.simulations.moving.small_federation import (
    config,
    files_of,
    intercepted,
    run,
    table,
)


def test_who_is_drawn_in_secret_is_not_told_by_an_empty_round(tmp_path):
    part = {"sampling": "poisson", "fraction": 0.2}
    changes = {"participation": part, "rounds": 6, "audit": RECORDED}
    protected(tmp_path / "run", CENTRAL | {"sampling": "poisson", "nonce": "1" * 16}, **changes)
    charges = ledger_of(tmp_path / "run")["charges"]
    empty = [charge["round"] for charge in charges if not charge["devices"]]
    assert [charge["round"] for charge in charges] == [1, 2, 3, 4, 5, 6]
    assert 0 < len(empty) < 6
    for round in empty:
        assert received(tmp_path / "run", round)[0]["average"].any(), "noise, like in any other round"


# What goes up beside an update.


def heard_up(tmp_path, monkeypatch, privacy, arms, **changes):
    up = {}

    def listen(message, context, answer):
        reply = answer(message, context)
        task = message.content["task"]
        up[
            task["arm"].partition(":")[0],
            task["round"],
            int(context.node_config["partition-id"]),
            phase_of(message),
        ] = reply.content
        return reply

    with intercepted(monkeypatch, listen):
        protected(tmp_path / "run", privacy, arms=arms, **changes)
    return up


@pytest.mark.parametrize("privacy", [CENTRAL, DISTRIBUTED], ids=["central", "distributed"])
def test_under_a_guarantee_a_device_tells_nothing_but_its_number(tmp_path, monkeypatch, privacy):
    """And one that has nothing to learn from sends an update like any other."""
    arms = ["federated:exper", "personal-head:exper", "local:exper"]
    up = heard_up(tmp_path, monkeypatch, privacy, arms, stream={"label_delay": 1})
    records = {"report", "model", "encoding"} if privacy is CENTRAL else {"report"}
    for (mode, _, device, phase), content in up.items():
        if phase == "train":
            assert set(content) == ({"report"} if mode == "local" else records)
            assert dict(content["report"]) == {"device": device}
        else:
            assert set(content) == {"secure-sum"}
    costs = table(tmp_path / "run", "costs.csv")
    assert set(costs.loc[costs["round"] == 1, "outcome"]) == {"idle-no-labels"}
    assert set(spending(tmp_path / "run")["survivors"]) == {4}
    assert set(spending(tmp_path / "run")["mode"]) == {"federated", "personal-head"}


def test_the_experimenter_reads_from_the_devices_what_they_do_not_tell(tmp_path):
    """Local devices learn the same with and without [privacy], so what is known of them must be the same."""
    for name, privacy in (("plain", {}), ("private", CENTRAL)):
        protected(tmp_path / name, privacy, arms=["local:exper", ARM])
    for file in ("scores.csv", "prequential.csv"):
        plain, private = (table(tmp_path / name, file) for name in ("plain", "private"))
        assert plain[plain["mode"] == "local"].equals(private[private["mode"] == "local"])
        assert len(plain) == len(private)
    without = [table(tmp_path / name, "costs.csv").drop(columns="seconds") for name in ("plain", "private")]
    same = ["mode", "round", "device", "outcome", "steps", "flops", "memory_bytes"]
    assert without[0][same].equals(without[1][same])


def test_without_privacy_there_is_no_trace_of_it(tmp_path):
    chosen = run(tmp_path / "run", arms=[ARM])
    assert write_privacy(tmp_path / "run", chosen) == {}
    assert not (tmp_path / "run" / "privacy.csv").exists()
    kept = [json.loads(path.read_text()) for path in (tmp_path / "run").glob("devices/**/own-*")]
    assert kept
    assert not any({"outcome", "inside", "steps"} & set(own) for own in kept)
    assert not files_of(tmp_path / "run", ARM).ledger.exists()
    assert with_claims({"home": ["a note"]}, chosen) == {"home": ["a note"]}


def test_a_run_says_what_it_claims_mode_by_mode(tmp_path):
    chosen = config(arms=["personal-head:exper", "local:gem"], aggregation=UNIFORM, privacy=CENTRAL)
    notes = with_claims({"home": ["a note"]}, chosen)
    assert set(notes) == {"home", "office", "café"}
    assert notes["home"][0] == "a note"
    assert any(line.startswith("personal-head: Only the shared body") for line in notes["office"])
    assert any(line.startswith("local: No model leaves a device") for line in notes["office"])


def test_an_update_that_is_none_is_refused_and_the_round_goes_on(tmp_path, monkeypatch):
    def spoil(message, context, answer):
        reply = answer(message, context)
        if int(context.node_config["partition-id"]) == 2:
            reply.content["encoding"]["size"] = 7
        return reply

    with intercepted(monkeypatch, spoil):
        protected(tmp_path / "run", CENTRAL, rounds=1)
    costs = table(tmp_path / "run", "costs.csv")
    assert costs["outcome"].tolist() == ["trained", "trained", "refused", "trained"]
    assert spending(tmp_path / "run")["survivors"].tolist() == [3]
    told = files_of(tmp_path / "run", ARM).read_records()[1]["failures"]
    assert [(failure["device"], failure["bug"]) for failure in told] == [(2, False)]
    assert "values" in told[0]["error"]


# Compression, recording, engines, refusals.


def test_columns_of_the_file(tmp_path):
    protected(tmp_path / "run", {"clip": 0.5}, rounds=1)
    assert list(spending(tmp_path / "run").columns) == [name for name in PRIVACY["privacy.csv"] if name != "rule"]
    assert spending(tmp_path / "run")["epsilon"].tolist() == [""]


@pytest.mark.parametrize("privacy", [CENTRAL, DISTRIBUTED], ids=["central", "distributed"])
@pytest.mark.parametrize("error", [NonFiniteGradientError("of utterance 7, sad"), KeyError("speaker-3")])
def test_under_a_guarantee_a_device_that_fails_sends_what_one_sends_that_has_nothing_to_learn(
    tmp_path, monkeypatch, privacy, error
):
    """Its silence, and what its error says, would depend on its data; the server hears zeros through all steps."""
    original, up = Life.live, {}

    def fail(life, state, model, device, *rest):
        if device == 1:
            raise error
        return original(life, state, model, device, *rest)

    def listen(message, context, answer):
        reply = answer(message, context)
        up.setdefault(phase_of(message), {})[int(context.node_config["partition-id"])] = reply
        return reply

    monkeypatch.setattr(Life, "live", fail)
    with intercepted(monkeypatch, listen), raw_updates(monkeypatch) as raw:
        protected(tmp_path / "run", privacy, rounds=1)
    assert not any(reply.has_error() for replies in up.values() for reply in replies.values())
    assert set(up["train"][1].content) == set(up["train"][0].content)
    assert not raw[1, 1].any()
    assert raw[1, 0].any()
    costs = table(tmp_path / "run", "costs.csv")
    assert costs["outcome"].tolist() == ["trained", "failed", "trained", "trained"], "so the devices' disks say"
    assert spending(tmp_path / "run")["survivors"].tolist() == [4]
    assert str(error.args[0]) in (tmp_path / "run" / LOG).read_text()
    assert (
        str(error.args[0]) not in files_of(tmp_path / "run", ARM).ledger.with_name("round-00001.json").read_text()
    )
