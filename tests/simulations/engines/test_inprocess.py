"""The in-process grid: any node answers, in order, in this process or in a few."""

import os
import signal
import threading
from collections import deque
from itertools import count

import pytest
import torch
from flwr.app import Message, MessageType, RecordDict

from clients import payload
from clients.failures import LOG, REASON
from clients.payload import Task
from fedser.errors import RunError
from simulations.engines import internals
from simulations.engines.inprocess import in_process_grid
from simulations.engines.worker_pool import WorkerPool
from simulations.moving.devices import Devices
from tests.simulations.moving.small_federation import prepared


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    internals.take_identity()
    folder = tmp_path_factory.mktemp("grid") / "run"
    prepared(folder, devices={"count": 6}, model={"width": 200})
    return folder


@pytest.fixture(scope="module", params=[1, 2], ids=["one process", "two workers"])
def grid(folder, request):
    with in_process_grid(folder, 6, request.param) as grid:
        yield grid


@pytest.fixture
def patient():
    """Fail rather than hang: two processes that wait for each other would never end."""

    def give_up(*_):
        raise TimeoutError("the grid hangs")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(300)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def size_of(folder):
    from clients.device_app import _life

    return _life(folder / "data", Task(0, "personal-head:gem-random", 1)).sharing


def questions(grid, reverse=False):
    nodes = sorted(grid.get_node_ids(), reverse=reverse)
    return [Message(RecordDict(), node, MessageType.QUERY, group_id="0") for node in nodes]


def test_nodes_say_which_device_they_are_in_the_order_asked(grid, patient):
    for reverse in (False, True):
        replies = list(grid.send_and_receive(questions(grid, reverse)))
        devices = [reply.content["device"]["device"] for reply in replies]
        assert devices == sorted(range(6), reverse=reverse)
        asked = sorted(grid.get_node_ids(), reverse=reverse)
        assert [reply.metadata.src_node_id for reply in replies] == asked


def test_large_messages_in_both_directions_and_of_several_contents_pass(folder, grid, patient):
    """Half of the devices get the whole model and half the body, in turn, and all send a body back."""
    sharing = size_of(folder)
    torch.manual_seed(0)
    model = 0.05 * torch.randn(sharing.size)
    assert 4 * sharing.body > 400_000  # more than a pipe holds
    for round in (1, 2):
        task = Task(0, "personal-head:gem-random", round)
        whole, body = (payload.order(task, vector) for vector in (model, model[: sharing.body]))
        contents = {device: whole if device % 2 or round == 1 else body for device in range(6)}
        replies = Devices(grid, 6, 10.0).ask(MessageType.TRAIN, contents, round, 10.0)
        assert list(replies) == list(range(6))
        assert all(len(payload.vector_in(reply.content)) == sharing.body for reply in replies.values())
        assert [payload.report_of(reply.content).device for reply in replies.values()] == list(range(6))


def test_a_device_that_fails_answers_with_a_code_and_its_log_says_why(folder, grid, patient):
    content = payload.order(Task(0, "local:finetuning", 1), None)  # no model, and it has none of its own
    devices = Devices(grid, 6, 10.0)
    replies = devices.ask(MessageType.TRAIN, {2: content}, 1, 10.0)
    assert replies[2].has_error()
    assert replies[2].error.reason == REASON
    assert "no model yet" in devices.last_error({}, folder / LOG, 0, "local:finetuning", 1)


def test_a_worker_that_dies_ends_the_run_with_one_line(folder, patient):
    with WorkerPool(str(folder), 2) as pool:
        victim = pool._workers[1].process
        threading.Timer(0.2, lambda: os.kill(victim.pid, signal.SIGKILL)).start()
        messages = [Message(RecordDict(), 2 + k % 6, MessageType.QUERY, group_id="0") for k in range(6)]
        with pytest.raises(RunError, match="a worker process died") as error:
            deque(pool.answer(messages) for _ in count())
        assert "\n" not in str(error.value)


def test_workers_end_with_the_grid(folder, patient):
    with in_process_grid(folder, 6, 2) as grid:
        processes = [worker.process for worker in grid._pool._workers]
        assert all(process.is_alive() for process in processes)
    assert not any(process.is_alive() for process in processes)


def test_another_flower_is_refused(monkeypatch):
    monkeypatch.setattr(internals, "version", lambda name: "1.43.0")
    with pytest.raises(
        RunError, match=r"flwr 1\.43\.0 is installed, but the in-process engine knows 1\.41 and 1\.42"
    ):
        internals.take_identity()


def test_messages_are_answered_at_once_or_not_at_all(folder):
    with in_process_grid(folder, 1, 1) as grid:
        with pytest.raises(NotImplementedError, match="send_and_receive"):
            grid.push_messages([])
        with pytest.raises(NotImplementedError, match="send_and_receive"):
            grid.pull_messages([])


def test_a_shared_content_is_not_changed_by_those_who_read_it(folder):
    sharing = size_of(folder)
    content = payload.order(Task(0, "federated:gem-random", 1), torch.full((sharing.size,), 0.01))
    before = payload.vector_in(content).clone()
    with in_process_grid(folder, 6, 1) as grid:
        Devices(grid, 6, 10.0).ask(MessageType.TRAIN, dict.fromkeys(range(6), content), 1, 10.0)
    assert torch.equal(payload.vector_in(content), before)
