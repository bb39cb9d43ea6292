"""Bugs of devices are logged, named at the end, and told apart from what a user can mend."""

import json
import sys

import pytest
import torch

from clients.failures import LOG, failures_in
from clients.parameters import arrays
from fedser import plugins
from fedser.protocol import Arm
from simulations.engines import inprocess
from simulations.moving import federation
from simulations.moving.failures import failure_warnings
from simulations.moving.outcome import write_results
from tests.simulations.moving.small_federation import ACOUSTICS, files_of, intercepted, prepared

STUMBLING = """
from pathlib import Path

import fedser
from fedser.errors import RunError

MENDED = Path(__file__).with_name("mended")


class Mine(fedser.Strategy):
    title = "Mine"
    does = "is broken."

    def arrive(self, state, visit):
        if visit.environment == "office":
            self.fail()
        return state


@fedser.register
class Stumbling(Mine):
    name = "stumbling"

    def fail(self):
        if not MENDED.exists():
            return None + 1


@fedser.register
class Tired(Mine):
    name = "tired"

    def fail(self):
        raise RunError("this device is tired")
"""


@pytest.fixture
def broken(moving, tmp_path, monkeypatch):
    """The tiny configuration with methods that fail in the office, where one or two of six devices are."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(plugins, "_folders", [])
    before = dict(plugins._registered["strategies"])
    (tmp_path / "stumbling_methods.py").write_text(STUMBLING)
    config = tmp_path / "broken.toml"
    plugin = 'seeds = 1\nplugins.modules = ["stumbling_methods"]'
    config.write_text(moving.read_text().replace("count = 4", "count = 6").replace("seeds = 1", plugin))
    yield config
    plugins._registered["strategies"].clear()
    plugins._registered["strategies"].update(before)
    sys.modules.pop("stumbling_methods", None)


CHANGES = ['arms=["local:finetuning", "federated:stumbling", "federated:tired"]', "schedule.stagger=true"]


@pytest.mark.parametrize("workers", [1, 2])
def test_two_devices_of_six_with_a_bug(simulate, broken, tmp_path, workers):
    code, _, err = simulate(*CHANGES, config=broken, extra=["--workers", workers])
    assert code == 0, err
    run = tmp_path / "run"
    record = json.loads((run / "run.json").read_text())
    counted, bug, tired = record["warnings"][-3:]
    assert any(line.startswith("One seed only") for line in record["warnings"])
    assert counted.startswith(
        "seed 0, federated:stumbling: device-rounds failed: 6, the first of device 1 in round 1: TypeError: "
        "unsupported operand type(s) for +: 'NoneType' and 'int'"
    )
    # Three rounds of two devices: in each it is another pair.
    assert bug == (
        "seed 0, federated:stumbling: a bug on devices 0, 1, 2, 3, 4 and 5, 6 times, first on device 1 in "
        "round 1: TypeError: unsupported operand type(s) for +: 'NoneType' and 'int'; "
        "tracebacks in logs/devices.log of the run"
    )
    assert tired == (
        "seed 0, federated:tired: device-rounds failed: 6, the first of device 1 in round 1: "
        "RunError: this device is tired"
    )
    assert err.strip().splitlines()[-3:] == [f"warning: {line}" for line in record["warnings"][-3:]]
    log = (run / LOG).read_text()
    assert log.count("Traceback (most recent call last):") == 6
    assert "return None + 1" in log
    bugs = {key[:2] for key, (_, bug) in failures_in(run / LOG).items() if bug}
    assert bugs == {(0, "federated:stumbling")}
    assert "a bug on devices" in (run / "report.html").read_text()


def test_bugs_count_for_the_failures_at_which_a_run_stops_and_a_resumed_run_keeps_the_log(
    simulate, broken, tmp_path
):
    changes = ['arms=["federated:stumbling"]', "schedule.stagger=true", "participation.most_failures=0.1"]
    for attempt in (1, 2):
        code, _, err = simulate(*changes, config=broken)
        assert code == 2
        line = err.strip().splitlines()[-1]
        assert "round 1: 2 of 6 devices failed: TypeError: unsupported operand" in line
        assert f"'int', a bug: see {LOG}; participation.most_failures allows 0.1" in line
        assert (tmp_path / "run" / LOG).read_text().count("Traceback") == 2 * attempt


def test_a_bug_that_was_mended_before_the_run_went_on_is_not_named(simulate, broken, tmp_path):
    changes = ['arms=["federated:stumbling"]', "schedule.stagger=true", "participation.most_failures=0.1"]
    assert simulate(*changes, config=broken)[0] == 2
    (tmp_path / "mended").touch()
    code, _, err = simulate(*changes, config=broken)
    assert code == 0, err
    run = tmp_path / "run"
    assert not [line for line in json.loads((run / "run.json").read_text())["warnings"] if "bug" in line]
    assert (run / LOG).exists()
    assert all("failures" not in record for record in files_of(run, "federated:stumbling").read_records())


def test_lines_by_hand(tmp_path):
    arm = Arm.parse_shared("local:finetuning")
    bug = {"error": "KeyError (x.py, line 3)", "bug": True}
    records = [
        {"round": 1, "devices": [{"device": 0, "outcome": "trained"}, {"device": 4, "outcome": "failed"}]},
        {
            "round": 2,
            "devices": [{"device": 0, "outcome": "failed"}, {"device": 4, "outcome": "trained"}],
            "failures": [{"device": 0, **bug}, {"device": 4, **bug}],
        },
    ]
    assert list(failure_warnings(tmp_path, 3, arm, records)) == [
        "seed 3, local:finetuning: device-rounds failed: 2, the first of device 4 in round 1: no reason is known",
        "seed 3, local:finetuning: a bug on devices 0 and 4, twice, first on device 0 in round 2: "
        "KeyError (x.py, line 3); tracebacks in the devices' own folders",
    ]
    assert list(failure_warnings(tmp_path, 3, arm, records[:1]))[1:] == []


def without_report(content):
    del content["report"]


def of_another_outcome(content):
    content["report"]["outcome"] = 7


def without_update(content):
    del content["model"]


def of_another_model(content):
    content["model"] = arrays(torch.zeros(3))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (without_report, "none of this app (KeyError)"),
        (of_another_outcome, "none of this app (KeyError)"),
        (without_update, "none of this app (KeyError)"),
        (of_another_model, "none of this app (ValueError)"),
    ],
)
def test_a_reply_of_another_app_is_refused_and_says_why(tmp_path, monkeypatch, spoil, reason):
    def answer_otherwise(message, context, answer):
        reply = answer(message, context)
        if (message.content["task"]["round"], context.node_config["partition-id"]) == (2, 1):
            spoil(reply.content)
        return reply

    folder = tmp_path / "run"
    config = prepared(folder, rounds=2)
    with intercepted(monkeypatch, answer_otherwise):
        inprocess.run_federation(folder, 4, 1)
    (line,) = write_results(folder, config, ACOUSTICS)
    assert line.startswith(
        "seed 0, federated:gem-random: updates refused: 1, the first of device 1 in round 2: "
        "a reply that is none of this app ("
    )
    assert reason in line


def test_a_bug_of_the_server_is_no_failure_of_a_device(tmp_path, monkeypatch):
    """It ends the run with its traceback; it was counted as a device that failed."""

    def stumble(*_):
        raise KeyError("a mistake in the server's code")

    folder = tmp_path / "run"
    prepared(folder, rounds=2)
    monkeypatch.setattr(federation, "is_late", stumble)
    with pytest.raises(KeyError, match="server's code"):
        inprocess.run_federation(folder, 4, 1)
