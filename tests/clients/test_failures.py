"""A device that fails says so, and keeps what nobody else should read."""

import pytest
from flwr.app import Context, Message, MessageType, RecordDict

from clients import failures, payload
from clients.failures import FAILED, LOG, REASON, failed, failures_in, tell_failures
from clients.payload import Task
from fedser.errors import NonFiniteGradientError
from fedser.worker_process import worker_context
from simulations.engines import internals

SECRET = "utterance-17 of speaker-3"


@pytest.fixture(autouse=True)
def identity():
    internals.take_identity()


def asked(round=2, device=3):
    message = Message(payload.order(Task(0, "federated:gem-random", round), None), 2 + device, MessageType.TRAIN)
    internals.name(message, 1)
    return message


def node(run, device=3, **config):
    return Context(1, 2 + device, {"partition-id": device, **config}, RecordDict(), {"run": str(run)})


def stumble(message, context):
    raise TypeError(f"{SECRET}\nis no number")


def diverge(message, context):
    raise NonFiniteGradientError("training has diverged")


def test_a_bug_is_told_by_a_code_alone_and_kept_with_its_traceback(tmp_path):
    reply = tell_failures(asked(), node(tmp_path), stumble)
    assert (reply.error.code, reply.error.reason) == (FAILED, REASON)
    head, *traceback = (tmp_path / LOG).read_text().splitlines()
    assert head.endswith(
        f" device 3, seed 0, federated:gem-random, round 2: bug: TypeError: {SECRET} is no number"
    )
    assert traceback[0] == "    Traceback (most recent call last):"
    assert any("in stumble" in line for line in traceback)
    assert all(line.startswith("    ") for line in traceback)


def test_what_a_user_can_mend_is_told_by_the_same_code_and_is_no_bug_in_the_log(tmp_path):
    """That training diverged depends on a device's data, as the text of a bug does."""
    reply = tell_failures(asked(), node(tmp_path), diverge)
    assert (reply.error.code, reply.error.reason) == (FAILED, REASON)
    said = ("NonFiniteGradientError: training has diverged", False)
    assert failures_in(tmp_path / LOG) == {(0, "federated:gem-random", 2, "3"): said}
    assert "Traceback" not in (tmp_path / LOG).read_text()


def test_an_answer_passes_unchanged(tmp_path):
    reply = Message(RecordDict(), reply_to=asked())
    assert tell_failures(asked(), node(tmp_path), lambda message, context: reply) is reply


def test_the_last_of_a_round_that_was_lived_again_counts(tmp_path):
    for device, error in ((3, KeyError("first")), (4, ValueError("other")), (3, KeyError("again"))):
        failed(error, asked(device=device), node(tmp_path, device))
    arm = "federated:gem-random"
    assert failures_in(tmp_path / LOG) == {
        (0, arm, 2, "3"): ("KeyError: 'again'", True),
        (0, arm, 2, "4"): ("ValueError: other", True),
    }
    assert failures_in(tmp_path / "nowhere") == {}


def test_a_device_with_a_disk_of_its_own_keeps_its_log_there(tmp_path):
    run, own = tmp_path / "run", tmp_path / "own"
    tell_failures(asked(), node(run, **{"state-dir": str(own)}), stumble)
    assert (own / "devices.log").exists()
    assert not run.exists()
    tell_failures(asked(), node(run, **{"state-dir": str(run / "devices" / "3")}), stumble)
    assert (run / LOG).exists()


def test_a_node_that_does_not_know_its_number_fails_like_any_other(tmp_path):
    message = Message(RecordDict(), 7, MessageType.QUERY)
    internals.name(message, 1)
    nameless = Context(1, 7, {}, RecordDict(), {"run": str(tmp_path)})
    assert failed(KeyError("partition-id"), message, nameless).error.code == FAILED
    assert "device ?, query: bug: KeyError: 'partition-id'" in (tmp_path / LOG).read_text()


def test_a_disk_that_cannot_be_written_does_not_hide_the_failure(tmp_path):
    (tmp_path / "logs").write_text("a file in the way")
    assert tell_failures(asked(), node(tmp_path), stumble).error.code == FAILED


def test_a_log_that_grows_goes_on_in_single_lines(tmp_path, monkeypatch):
    monkeypatch.setattr(failures, "_FULL", 1000)
    for round in range(1, 41):
        tell_failures(asked(round), node(tmp_path), stumble)
    log = tmp_path / LOG
    assert len(failures_in(log)) == 40
    assert log.read_text().count("Traceback") < 5


def fail_often(run, device):
    internals.take_identity()
    for round in range(1, 51):
        tell_failures(asked(round, device), node(run, device), stumble)


def test_processes_do_not_mix_their_lines(tmp_path):
    context = worker_context()
    workers = [context.Process(target=fail_often, args=(tmp_path, device)) for device in (0, 1)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    lines = (tmp_path / LOG).read_text().splitlines()
    heads = [line for line in lines if not line.startswith("    ")]
    assert len(heads) == len(failures_in(tmp_path / LOG)) == 100
    each = len(lines) // 100
    assert all(line.startswith("    ") != (k % each == 0) for k, line in enumerate(lines))
