"""A device that sends what no device should: refused with its reason, and the others' result is as without it.

All mutations in every mode and engine: `python -m tests.benchmarks.hostile_replies`.
"""

import json

import pytest
import torch
from flwr.app import Error, Message

from clients.payload import REPORT
from clients.secure.messages import MASK, SETUP, SHARE, UNMASK
from simulations.engines import inprocess
from simulations.moving.outcome import write_results
from tests.simulations.moving import hostile_replies
from tests.simulations.moving.small_federation import (
    ACOUSTICS,
    files_of,
    intercepted,
    model_of,
    prepared,
    table,
)

ARM, HOSTILE = "federated:exper", 1
CENTRAL = {"mechanism": "central", "clip": 0.3, "noise_multiplier": 1.0, "delta": 0.01, "nonce": "0" * 16}
MODES = {"plain": {}, "private": CENTRAL, "secure": {"secure_aggregation": True}}


def federation(folder, mode, monkeypatch, spoil, phase="train"):
    """Run two rounds of four devices; in the second `spoil` changes what device 1 sends, None for nothing sent."""
    weights = {} if mode == "plain" else {"aggregation": {"weights": "uniform"}}
    chosen = prepared(folder, rounds=2, arms=[ARM], privacy=MODES[mode], **weights)

    def on_train(message, context, answer):
        at = message.content["phase"]["phase"] if "phase" in message.content else "train"
        of_one = message.content["task"]["round"] == 2 and context.node_config["partition-id"] == HOSTILE
        reply = answer(message, context)
        if not of_one or at != phase or reply.has_error():
            return reply
        if spoil is None:
            return Message(Error(0, "gone"), reply_to=message)
        spoil(reply.content)
        return reply

    with intercepted(monkeypatch, on_train):
        inprocess.run_federation(folder, 4, 1)
    write_results(folder, chosen, ACOUSTICS)
    return files_of(folder, ARM).read_records()[2]


def outcome_of(record):
    return next(entry["outcome"] for entry in record["devices"] if entry["device"] == HOSTILE)


CASES = {
    "plain": [
        "10¹⁵ examples",
        "one value",
        "a NaN",
        "no bytes",
        "NaN seconds",
        "scores of 10¹⁵ utterances",
        "an encoding that nobody asked for",
        "another device's number",
        "nothing at all",
    ],
    "private": [
        "one value",
        "another device's number",
        "no bytes",
        "an outcome beside the number",
        "all of the largest",
    ],
    "secure": [("train", "negative examples")],
}


@pytest.fixture(scope="module")
def without(tmp_path_factory):
    """The model of each mode where device 1 sends nothing in the second round."""
    found = {}

    def model(mode):
        if mode not in found:
            folder = tmp_path_factory.mktemp("without") / "run"
            with pytest.MonkeyPatch.context() as patch:
                federation(folder, mode, patch, None)
            found[mode] = model_of(folder, ARM)
        return found[mode]

    return model


@pytest.mark.parametrize(("mode", "name"), [(mode, name) for mode, names in CASES.items() for name in names])
def test_a_reply_that_cannot_be_is_refused_and_nothing_else_changes(tmp_path, monkeypatch, without, mode, name):
    spoil = {"plain": hostile_replies.PLAIN, "private": hostile_replies.PRIVATE, "secure": hostile_replies.SECURE}
    record = federation(tmp_path / "run", mode, monkeypatch, spoil[mode][name])
    assert outcome_of(record) == "refused"
    (failure,) = record["failures"]
    assert (failure["device"], failure["bug"]) == (HOSTILE, False)
    assert failure["error"]
    assert torch.equal(model_of(tmp_path / "run", ARM), without(mode))
    json.dumps(record, allow_nan=False)


@pytest.mark.parametrize(
    "of",
    [(SETUP, "a key of noughts"), (SHARE, "shares for strangers"), (MASK, "one residue"), (UNMASK, "no shares")],
)
def test_a_phase_answered_wrongly_is_dropping_out_of_it(tmp_path, monkeypatch, of):
    """At the last phase the device's vector counts already, and the others' shares suffice."""
    federation(tmp_path / "hostile", "secure", monkeypatch, hostile_replies.PHASES[of], of[0])
    federation(tmp_path / "absent", "secure", monkeypatch, None, of[0])
    assert torch.equal(model_of(tmp_path / "hostile", ARM), model_of(tmp_path / "absent", ARM))


@pytest.mark.parametrize("of", [(MASK, "residues at random")])
def test_a_sum_that_no_updates_add_up_to_is_not_used(tmp_path, monkeypatch, of):
    """Under masks nobody can say whose vector it was: the round is lost, the model stays as it is."""
    monkeypatch.setitem(MODES, "secure", {"secure_aggregation": True, "clip": 0.3})
    record = federation(tmp_path / "run", "secure", monkeypatch, hostile_replies.PHASES[of], MASK)
    assert record["privacy"]["outcome"] == "secure-sum-failed"
    assert "has added what it may not" in record["privacy"]["reason"]


def test_where_nobody_sends_what_can_be_read_the_run_stops(tmp_path, monkeypatch):
    """That is another version, not mischief."""

    def on_train(message, context, answer):
        reply = answer(message, context)
        del reply.content[REPORT]
        return reply

    prepared(tmp_path / "run", rounds=1, arms=[ARM])
    with intercepted(monkeypatch, on_train), pytest.raises(Exception, match="4 of 4 devices failed"):
        inprocess.run_federation(tmp_path / "run", 4, 1)


def test_a_refused_reply_leaves_no_figure(tmp_path, monkeypatch):
    federation(tmp_path / "run", "plain", monkeypatch, hostile_replies.PLAIN["10¹⁵ examples"])
    costs = table(tmp_path / "run", "costs.csv").query("round == 2 and device == 1")
    assert costs[["outcome", "steps", "flops", "bytes_up"]].values.tolist() == [["refused", 0, 0.0, 0]]
