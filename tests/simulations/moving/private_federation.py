"""Small federations whose updates are protected, and what is looked at in them."""

import json
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from flwr.app import Error, Message

from fedser.privacy import Steps
from simulations.moving.federation import updates_folder
from simulations.moving.privacy_results import write_privacy
from simulations.moving.update_files import UpdateFiles
from tests.simulations.moving.small_federation import (
    config,
    files_of,
    run,
    table,
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
