"""Protected rounds: what is sent, what it adds up to, what it costs, and when it ends."""

import json
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from flwr.app import Error, Message
from scipy import stats

from clients.failures import LOG
from clients.parameters import vector_in
from clients.secure.messages import MASK, SETUP, SHARE, UNMASK
from fedser.device import Life
from fedser.errors import ConfigError, NonFiniteGradientError
from fedser.privacy import Protection, Sampling, Steps, epsilon
from fedser.privacy.clipping import clip, norm
from fedser.results.moving import PRIVACY
from simulations.engines import inprocess
from simulations.moving import federation
from simulations.moving.federation import updates_folder
from simulations.moving.outcome import write_results
from simulations.moving.privacy_results import with_claims, write_privacy
from simulations.moving.round_files import RoundFiles
from simulations.moving.update_files import UpdateFiles
from tests.simulations.moving.small_federation import (
    ACOUSTICS,
    config,
    files_of,
    intercepted,
    model_of,
    prepared,
    run,
    table,
    weights_hash,
)

SMOKE = Path(__file__).parents[3] / "configs" / "smoke_devices.toml"
UNIFORM = {"weights": "uniform"}
SECURE = {"secure_aggregation": True}
CENTRAL = {"mechanism": "central", "clip": 0.3, "noise_multiplier": 1.0, "delta": 0.01, "nonce": "0" * 16}
DISTRIBUTED = {**CENTRAL, **SECURE, "mechanism": "distributed"}
RECORDED = {"record_updates": True}
ARM = "federated:exper"


def protected(folder, privacy, workers=1, arm=ARM, **changes):
    """Run a federation of four devices under [privacy] to its end and write all its results."""
    values = {"arms": [arm], "aggregation": UNIFORM, "privacy": privacy} | changes
    chosen = run(folder, workers, **values)
    return chosen, write_privacy(folder, chosen)


def spending(folder):
    return table(folder, "privacy.csv")


def ledger_of(folder, arm=ARM):
    return json.loads(files_of(folder, arm).ledger.read_text())


def received(folder, round, arm=ARM):
    parsed = config(arms=[arm]).parsed_arms()[0]
    return UpdateFiles(updates_folder(folder, 0, parsed), 0.0).read(round)


@contextmanager
def raw_updates(monkeypatch):
    """Collect the updates of devices as they are before any step, by round and device."""
    found, original = {}, Steps.send

    def spy(steps, contribution, streams):
        update = contribution.values - contribution.origin
        found[streams.round, streams.device] = update.astype(np.float64)
        return original(steps, contribution, streams)

    with monkeypatch.context() as patch:
        patch.setattr(Steps, "send", spy)
        yield found


def phase_of(message):
    return message.content["phase"]["phase"] if "phase" in message.content else "train"


def absent_in(absences):
    """Let devices be absent from phases: {(phase, device)}; they come back with the next round."""

    def on_train(message, context, answer):
        device = int(context.node_config["partition-id"])
        if (phase_of(message), device) in absences:
            return Message(Error(0, "gone"), reply_to=message)
        return answer(message, context)

    return on_train


# Secure sums without noise: the plain average, but for the grid.


@pytest.mark.parametrize("arm", [ARM, "personal-head:exper"])
@pytest.mark.parametrize("weights", ["uniform", "examples"])
def test_a_secure_sum_is_plain_federated_averaging(tmp_path, arm, weights):
    """In the first round; afterwards training itself makes more of a difference in the last bit."""
    privacy = SECURE | ({"weight_bound": 3} if weights == "examples" else {})
    run(tmp_path / "plain", arms=[arm], rounds=1, aggregation=UNIFORM)
    protected(tmp_path / "secure", privacy, arm=arm, rounds=1, aggregation={"weights": weights})
    np.testing.assert_allclose(
        model_of(tmp_path / "secure", arm), model_of(tmp_path / "plain", arm), rtol=0, atol=3e-7
    )
    assert spending(tmp_path / "secure")["survivors"].tolist() == [4]


def test_in_every_round_the_model_moves_by_the_mean_of_the_updates(tmp_path, monkeypatch):
    with raw_updates(monkeypatch) as raw:
        protected(tmp_path / "run", SECURE, audit=RECORDED)
    for round in range(1, 5):
        kept, _ = received(tmp_path / "run", round)
        expected = np.mean([raw[round, device] for device in range(4)], axis=0)
        np.testing.assert_allclose(kept["average"], expected, rtol=0, atol=3e-7)
        assert set(kept) == {"before", "average"}, "the server sees no update of its own"


@pytest.mark.parametrize("phase", ["train", SETUP, SHARE, MASK])
def test_a_device_that_drops_out_is_left_out(tmp_path, monkeypatch, phase):
    with intercepted(monkeypatch, absent_in({(phase, 1)})):
        protected(tmp_path / "secure", SECURE, rounds=1)
    with intercepted(monkeypatch, absent_in({("train", 1)})):
        run(tmp_path / "plain", arms=[ARM], rounds=1, aggregation=UNIFORM)
    np.testing.assert_allclose(
        model_of(tmp_path / "secure", ARM), model_of(tmp_path / "plain", ARM), rtol=0, atol=3e-7
    )
    assert spending(tmp_path / "secure")["survivors"].tolist() == [3]


def test_a_device_that_drops_out_at_the_last_phase_still_counts(tmp_path, monkeypatch):
    with intercepted(monkeypatch, absent_in({(UNMASK, 2)})):
        protected(tmp_path / "secure", SECURE, rounds=1)
    run(tmp_path / "plain", arms=[ARM], rounds=1, aggregation=UNIFORM)
    np.testing.assert_allclose(
        model_of(tmp_path / "secure", ARM), model_of(tmp_path / "plain", ARM), rtol=0, atol=3e-7
    )


def test_with_too_few_left_the_old_model_stays_and_the_next_round_goes_on(tmp_path, monkeypatch):
    def on_train(message, context, answer):
        gone = {(MASK, 0), (MASK, 3)} if message.content["task"]["round"] == 1 else set()
        return absent_in(gone)(message, context, answer)

    with intercepted(monkeypatch, on_train):
        protected(tmp_path / "run", SECURE, rounds=2, audit=RECORDED)
    rows = spending(tmp_path / "run")
    assert rows["outcome"].tolist() == ["secure-sum-failed", "aggregated"]
    assert rows["survivors"].tolist() == [0, 4]
    first, second = (received(tmp_path / "run", round)[0] for round in (1, 2))
    assert not first["average"].any()
    assert torch.equal(first["before"], second["before"])
    assert "2 devices answered" in files_of(tmp_path / "run", ARM).read_records()[1]["privacy"]["reason"]


def test_nothing_of_a_secure_sum_stays_on_a_device_but_that_it_is_done(tmp_path):
    protected(tmp_path / "run", SECURE, rounds=2)
    states = list(tmp_path.glob("run/devices/*/seed-0/*/secure-sum.json"))
    assert len(states) == 4
    assert all(set(json.loads(path.read_text())) == {"next", "name", "digest"} for path in states)
    assert not list(tmp_path.glob("run/devices/**/secure-vector*"))


# Noise, clip and budget.


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


def test_every_update_comes_clipped_and_many_needed_it(tmp_path, monkeypatch):
    with raw_updates(monkeypatch) as raw:
        protected(tmp_path / "run", CENTRAL, audit=RECORDED)
    lengths = []
    for round in range(1, 5):
        kept, record = received(tmp_path / "run", round)
        updates = {int(name.split("/")[1]): kept[name].numpy() for name in kept if "/" in name}
        assert set(updates) == {0, 1, 2, 3}
        lengths += [norm(update) for update in updates.values()]
        for device, update in updates.items():
            np.testing.assert_allclose(update, clip(raw[round, device], 0.3)[0], atol=1e-6)
        assert record["steps"] == {}, "under a guarantee a device does not say how long it learnt"
    longer = [norm(update) > 0.3 for update in raw.values()]
    assert sum(longer) > 0
    assert max(lengths) <= 0.3
    np.testing.assert_allclose(
        spending(tmp_path / "run")["clipped_share"].astype(float),
        [np.mean([norm(raw[round, device]) > 0.3 for device in range(4)]) for round in range(1, 5)],
    )


@pytest.mark.parametrize(
    ("privacy", "variance"), [(CENTRAL, 0.3**2), (DISTRIBUTED, 0.3**2 * 4 / 3)], ids=["central", "distributed"]
)
def test_the_noise_is_what_is_charged_for(tmp_path, monkeypatch, privacy, variance):
    """In a sum of four; of four shares three suffice, so all together are a third more."""
    with raw_updates(monkeypatch) as raw:
        protected(tmp_path / "run", privacy, audit=RECORDED, model={"width": 40})
    noise = []
    for round in range(1, 5):
        kept, _ = received(tmp_path / "run", round)
        mean = np.mean([clip(raw[round, device], 0.3)[0] for device in range(4)], axis=0)
        noise.append(4 * (kept["average"].numpy() - mean))
    values = np.concatenate(noise)
    assert values.size > 2000
    below = stats.chi2.cdf(np.sum(values**2) / variance, values.size)
    assert 1e-4 < below < 1 - 1e-4
    assert not np.array_equal(noise[0], noise[1])


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


@pytest.mark.parametrize(("kind", "bytes_each"), [("top-k", 0.8), ("8-bit", 1.0)])
def test_compression_saves_the_bytes_that_it_promises(tmp_path, kind, bytes_each):
    wide = {"width": 60}
    run(tmp_path / "plain", arms=[ARM], model=wide, rounds=2)
    protected(tmp_path / "less", {"compression": kind, "keep": 0.1}, model=wide, rounds=2, audit=RECORDED)
    size = len(model_of(tmp_path / "plain", ARM))
    plain, less = (table(tmp_path / name, "costs.csv")["bytes_up"].to_numpy() for name in ("plain", "less"))
    np.testing.assert_allclose(plain - less, (4 - bytes_each) * size, atol=400)
    kept, _ = received(tmp_path / "less", 1)
    if kind == "top-k":
        assert all(int((kept[f"update/{d}"] != 0).sum()) <= np.ceil(0.1 * size) for d in range(4))
    assert kept["average"].any()


def test_recorded_updates_are_what_devices_sent(tmp_path, monkeypatch):
    models, before = {}, {}

    def listen(message, context, answer):
        reply = answer(message, context)
        key = message.content["task"]["round"], int(context.node_config["partition-id"])
        before[key], models[key] = vector_in(message.content).clone(), vector_in(reply.content).clone()
        return reply

    with intercepted(monkeypatch, listen):
        run(tmp_path / "run", arms=[ARM], audit=RECORDED)
    costs = table(tmp_path / "run", "costs.csv").set_index(["round", "device"])
    for round in range(1, 5):
        kept, record = received(tmp_path / "run", round)
        assert record["learning_rate"] == 0.05
        for device in range(4):
            assert torch.equal(kept["before"], before[round, device])
            assert torch.equal(kept[f"update/{device}"], models[round, device] - before[round, device])
            assert record["steps"][str(device)] == costs.loc[(round, device), "steps"]
    assert torch.allclose(kept["before"] + kept["average"], model_of(tmp_path / "run", ARM), atol=1e-6)


def test_local_arms_send_nothing_to_record(tmp_path):
    run(tmp_path / "run", arms=["local:exper"], audit=RECORDED, rounds=1)
    assert not (tmp_path / "run" / "updates").exists()


def test_two_workers_come_to_the_same_bytes_as_one(tmp_path):
    for workers in (1, 2):
        protected(tmp_path / str(workers), DISTRIBUTED, workers, rounds=2)
    assert weights_hash(tmp_path / "1") == weights_hash(tmp_path / "2")
    for file in ("scores.csv", "privacy.csv"):
        assert (tmp_path / "1" / file).read_bytes() == (tmp_path / "2" / file).read_bytes()


NOISY = ["privacy.delta=0.01", "privacy.clip=1.0", "privacy.noise_multiplier=1.0"]
DP = ["privacy.mechanism=central", "aggregation.weights=uniform", *NOISY]
POISSON = ["privacy.sampling=poisson", "participation.sampling=poisson"]
MISTAKES = {
    "delta 0.5 is not below 1/6": [*DP, "privacy.delta=0.5"],
    "the CCC couples the samples": ["privacy.unit=example"],
    "weights by the number of examples": ["privacy.mechanism=central", *NOISY],
    "would go up bare beside the update": ["privacy.mechanism=central", "privacy.weight_bound=9", *NOISY],
    "needs secure_aggregation = true": [*DP, "privacy.mechanism=distributed"],
    "devices that are drawn so": [*DP, "privacy.sampling=poisson"],
    "is standardised by means": [*DP, "server.speakers=0"],
    "a fraction of the devices is not": [*DP, "privacy.sampling=fixed", "participation.fraction=0.5"],
    "draws nobody by chance": [*DP, "privacy.sampling=fixed", "participation.cohort=6"],
    "leave out fraction or cohort": ["participation.cohort=3", "participation.fraction=0.5"],
    "quorum was reached tells": [*DP, *POISSON, "participation.quorum=0.5"],
    "a secure sum that fails": [*DP, *POISSON, "privacy.secure_aggregation=true"],
    "who is late depends on": [*DP, "participation.deadline_s=3.0"],
}


@pytest.mark.parametrize("reason", MISTAKES)
def test_what_breaks_the_promise_is_refused_in_one_line(fedser, tmp_path, reason):
    changes = [word for change in MISTAKES[reason] for word in ("--set", change)]
    code, _, error = fedser("simulate", SMOKE, "--run", tmp_path / "run", *changes)
    assert code == 2
    assert reason in " ".join(error.split())
    assert error.strip().count("\n") == 0
    assert not (tmp_path / "run").exists()


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
