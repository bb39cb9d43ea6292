"""What a server holds after it was killed and went on with other devices: no more than its ledger says."""

import json
import shutil

import numpy as np
import pytest
from flwr.app import Error, Message

from clients.secure.messages import MASK, SETUP, SHARE, UNMASK
from fedser.errors import RunError
from fedser.privacy.defences.central_noise import CentralNoise
from simulations.engines import inprocess
from simulations.moving import defended_rounds
from simulations.moving.nonce import new_nonce, with_nonce
from simulations.moving.privacy_results import write_privacy
from simulations.moving.round_files import RoundFiles
from tests.simulations.moving.small_federation import (
    config,
    copied,
    files_of,
    intercepted,
    prepared,
    weights_hash,
)

ARM = "federated:exper"
CENTRAL = {"mechanism": "central", "clip": 0.3, "noise_multiplier": 1.0, "delta": 0.01, "nonce": "0" * 16}
DISTRIBUTED = {**CENTRAL, "mechanism": "distributed", "secure_aggregation": True}
SECURE = {"secure_aggregation": True}
DEVICES, ROUNDS = 5, 2


class KilledError(Exception):
    """Stands for SIGKILL."""


def begun(folder, privacy):
    changes = {"devices": {"count": DEVICES}, "rounds": ROUNDS, "aggregation": {"weights": "uniform"}}
    return prepared(folder, arms=[ARM], privacy=privacy, **changes)


def phase_of(message):
    return message.content["phase"]["phase"] if "phase" in message.content else "train"


def go_on(monkeypatch, folder, absent=(), kill=None):
    """Run on without some devices in round 2; `kill`: (phase, how many of its messages are answered)."""
    counts = {}

    def on_train(message, context, answer):
        if message.content["task"]["round"] < 2:
            return answer(message, context)
        phase = phase_of(message)
        counts[phase] = counts.get(phase, 0) + 1
        if kill and kill[0] == phase and counts[phase] > kill[1]:
            raise KilledError
        if (phase, int(context.node_config["partition-id"])) in absent:
            return Message(Error(0, "gone"), reply_to=message)
        return answer(message, context)

    with intercepted(monkeypatch, on_train):
        inprocess.run_federation(folder, DEVICES, 1)


def charges_of(folder):
    return json.loads(files_of(folder, ARM).ledger.read_text())["charges"]


class Seen:
    """All sums that the server came to hold, by round, with whose they are; it dies when the first of round 2
    is."""

    def __init__(self, monkeypatch, dies):
        self.sums, self.dies, original = [], dies, defended_rounds.secure_sum

        def spy(*arguments, **more):
            found = original(*arguments, **more)
            self.sums.append((found.survivors, found.total))
            if self.dies and len(self.sums) == 2:
                raise KilledError
            return found

        monkeypatch.setattr(defended_rounds, "secure_sum", spy)


@pytest.mark.parametrize("privacy", [DISTRIBUTED, SECURE], ids=["distributed", "no noise"])
@pytest.mark.parametrize("kill", ["train", SETUP, SHARE, MASK, UNMASK, "after"])
def test_of_one_attempt_a_server_never_holds_two_different_sums(tmp_path, monkeypatch, privacy, kill):
    """Killed after 3 answers of each phase, or with the sum in hand; then another device stays away.

    The difference of the two sums would be that device's update with its share of the noise: an effective σ of
    .50.
    """
    begun(tmp_path / "run", privacy)
    seen = Seen(monkeypatch, dies=kill == "after")
    with pytest.raises(KilledError):
        go_on(monkeypatch, tmp_path / "run", {(MASK, 1)}, None if kill == "after" else (kill, 3))
    seen.dies = False
    go_on(monkeypatch, tmp_path / "run", {("train", 3)})
    of_round_2 = seen.sums[1:]
    assert len({survivors for survivors, _ in of_round_2}) <= 1, "no two sums, so no difference"
    outcome = files_of(tmp_path / "run", ARM).read_records()[2]["privacy"]["outcome"]
    told_before = kill in (UNMASK, "after")
    assert outcome == ("secure-sum-failed" if told_before else "aggregated")
    if privacy is DISTRIBUTED:
        assert [(charge["round"], charge["attempt"]) for charge in charges_of(tmp_path / "run")] == [
            (1, 1),
            (2, 1),
        ]


def test_noise_of_the_operating_system_makes_another_attempt(tmp_path, monkeypatch):
    """Its first sum cannot be formed again, so the second is another release: charged, under fresh noise."""
    begun(tmp_path / "run", DISTRIBUTED | {"secure_noise": True, "nonce": None})
    seen = Seen(monkeypatch, dies=True)
    with pytest.raises(KilledError):
        go_on(monkeypatch, tmp_path / "run")
    seen.dies = False
    go_on(monkeypatch, tmp_path / "run", {("train", 3)})
    assert [(charge["round"], charge["attempt"]) for charge in charges_of(tmp_path / "run")] == [
        (1, 1),
        (2, 1),
        (2, 2),
    ]
    assert len(seen.sums) == 3


@pytest.mark.parametrize("secure_noise", [False, True])
def test_every_noised_sum_of_the_server_has_its_own_noise_and_charge(tmp_path, monkeypatch, secure_noise):
    """Killed with the noised sum in hand, gone on with without device 3: the noise is another, and is charged."""
    added, original, write = [], CentralNoise.summed, RoundFiles.write

    def spy(step, total):
        noisy = original(step, total)
        added.append(noisy.values - total.values)
        return noisy

    def die(files, state, record):
        if state.round == 2:
            raise KilledError
        write(files, state, record)

    monkeypatch.setattr(CentralNoise, "summed", spy)
    folder = tmp_path / "run"
    begun(folder, CENTRAL | ({"secure_noise": True, "nonce": None} if secure_noise else {}))
    for absent in ((), {("train", 3)}):
        with monkeypatch.context() as patch:
            patch.setattr(RoundFiles, "write", die)
            with pytest.raises(KilledError):
                go_on(monkeypatch, folder, absent)
    go_on(monkeypatch, folder)
    attempts = [charge["attempt"] for charge in charges_of(folder) if charge["round"] == 2]
    noises = {noise.tobytes() for noise in added[1:]}
    assert len(noises) == len(attempts) == (3 if secure_noise else 2), "the same sum again is the same release"
    assert max(abs(np.corrcoef(added[1], added[2])[0, 1]), 0) < 0.5


def test_two_runs_of_one_seed_share_no_noise_and_a_nonce_repeats_one(tmp_path):
    nonces = ["0" * 16, "0" * 15 + "1", "0" * 16]
    for k, nonce in enumerate(nonces):
        begun(tmp_path / str(k), CENTRAL | {"nonce": nonce})
        inprocess.run_federation(tmp_path / str(k), DEVICES, 1)
    first, other, again = (weights_hash(tmp_path / str(k)) for k in range(3))
    assert first == again != other


def test_a_run_draws_a_nonce_unless_it_is_given_one():
    plain, private = config(), config(aggregation={"weights": "uniform"}, privacy=CENTRAL | {"nonce": None})
    assert new_nonce(plain) == {}
    drawn = [new_nonce(private)["nonce"] for _ in range(2)]
    assert drawn[0] != drawn[1]
    assert with_nonce(private, {"nonce": drawn[0]}).privacy.nonce == drawn[0]
    given = config(aggregation={"weights": "uniform"}, privacy=CENTRAL)
    assert new_nonce(given) == {"nonce": "0" * 16}
    with pytest.raises(RunError, match='no "nonce"'):
        with_nonce(private, {})


# The ledger against the server's state.


@pytest.fixture(scope="module")
def half_done(tmp_path_factory):
    """A run that was killed after its second round of three, and its ledger as it was after the first."""
    folder = tmp_path_factory.mktemp("half") / "run"
    prepared(folder, arms=[ARM], rounds=3, aggregation={"weights": "uniform"}, privacy=CENTRAL)
    older, write = [], RoundFiles.write

    def stop(files, state, record):
        write(files, state, record)
        if state.round:
            older.append(files.ledger.read_text())
        if state.round == 2:
            raise KilledError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RoundFiles, "write", stop)
        with pytest.raises(KilledError):
            inprocess.run_federation(folder, 4, 1)
    return folder, older[0]


def _missing(path, older):
    path.unlink()


def _shortened(path, older):
    content = json.loads(path.read_text())
    content["charges"] = content["charges"][1:]
    path.write_text(json.dumps(content))


def _older(path, older):
    path.write_text(older)


def _cheaper(path, older):
    path.write_text(path.read_text().replace('"noise_multiplier": 1.0', '"noise_multiplier": 9.0'))


@pytest.mark.parametrize("tamper", [_missing, _shortened, _older, _cheaper])
def test_a_ledger_that_lacks_what_was_spent_stops_the_run_in_one_line(tmp_path, half_done, tamper):
    folder, older = half_done
    tamper(files_of(copied(folder, tmp_path / "run"), ARM).ledger, older)
    before = weights_hash(tmp_path / "run")
    with pytest.raises(RunError, match="nobody knows what was spent") as error:
        inprocess.run_federation(tmp_path / "run", 4, 1)
    assert "\n" not in str(error.value)
    assert weights_hash(tmp_path / "run") == before, "nothing was trained"


def test_a_ledger_that_is_ahead_of_the_state_goes_on(tmp_path, half_done):
    """Killed between charge and state: the charge stays."""
    folder, _ = half_done
    inprocess.run_federation(copied(folder, tmp_path / "run"), 4, 1)
    assert [charge["round"] for charge in charges_of(tmp_path / "run")] == [1, 2, 3]


def test_without_noise_there_is_no_epsilon(tmp_path):
    chosen = begun(tmp_path / "run", CENTRAL | {"noise_multiplier": 0.0})
    inprocess.run_federation(tmp_path / "run", DEVICES, 1)
    record = write_privacy(tmp_path / "run", chosen)["privacy"]
    assert record["mechanism"] == "none"
    assert "epsilon" not in json.dumps(record)
    assert all(r["privacy"]["epsilon"] is None for r in files_of(tmp_path / "run", ARM).read_records()[1:])
    shutil.rmtree(tmp_path / "run")
