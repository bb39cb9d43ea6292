"""Messages say what went into them, and nothing else has a place there."""

import numpy as np
import pytest
import torch
from flwr.common.serde import recorddict_from_proto, recorddict_to_proto

from clients import payload
from clients.payload import Task, report_of, vector_in
from fedser.device import Learnt
from fedser.metrics import Scoreboard
from fedser.metrics.pooled import Moments


def sent(content):
    """What arrives at the other end."""
    return recorddict_from_proto(recorddict_to_proto(content))


def learnt():
    stream = np.random.default_rng(0)
    x, y = stream.uniform(-1, 1, (2, 9))
    scores = {"home/activation": Scoreboard().statistics(x, y)}
    return Learnt(
        "trained", torch.zeros(3), torch.zeros(3), 12, 3, 1, 4.5e6, 640, scores, {"café/valence": Moments.of(x, y)}
    )


@pytest.mark.parametrize("model", [None, torch.randn(7)])
def test_an_order_says_what_to_do(model):
    task = Task(3, "personal-head:gem-length", 12)
    content = sent(payload.order(task, model))
    assert Task.of(content.config_records[payload.TASK]) == task
    assert vector_in(content) is None if model is None else torch.equal(vector_in(content), model)


@pytest.mark.parametrize("update", [None, torch.randn(7)])
def test_a_reply_arrives_to_the_bit(update):
    content = sent(payload.reply(4, learnt(), update, 0.25))
    report, expected = report_of(content), learnt()
    assert (report.device, report.outcome, report.examples, report.steps) == (4, "trained", 12, 3)
    assert (report.altered, report.flops, report.memory_bytes, report.seconds) == (1, 4.5e6, 640, 0.25)
    assert report.held_out == expected.held_out
    assert vector_in(content) is None if update is None else torch.equal(vector_in(content), update)


def test_a_message_holds_these_records_and_no_other():
    up = payload.reply(4, learnt(), torch.zeros(2), 0.1)
    assert set(up) == {"report", "held-out", "model"}
    assert set(up["report"]) == {
        "device",
        "outcome",
        "examples",
        "steps",
        "altered",
        "flops",
        "memory-bytes",
        "seconds",
    }
    assert {len(values) for values in up["held-out"].values()} == {6 + 9}
    down = payload.order(Task(0, "local:gem-random", 1), torch.zeros(2))
    assert set(down) == {"task", "model"}
    assert set(down["task"]) == {"seed", "arm", "round"}
