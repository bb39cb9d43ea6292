"""Every message of a run is opened: no speech, label, name or memory in it, and it weighs what is said."""

import struct
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest
import torch
from flwr.app import Array, ArrayRecord, ConfigRecord, MetricRecord
from flwr.common.serde import recorddict_to_proto

from clients import payload
from fedser import whole_files
from fedser.device.sharing import Sharing
from fedser.model import Regressor
from fedser.protocol import EnvironmentData
from fedser.protocol.arms import Arm, arms_of
from tests.simulations.moving.small_federation import intercepted, run, table

ARMS = ["local:finetuning", "local:exper", "federated:gem", "personal-head:exper-length", "federated:finetuning"]
ARMS += [
    "personal-norm:exper",
    "fedrep:gem",
    "ditto:exper",
    "personal-head:finetuning@scaffold",
    "federated:exper@qfedavg",
]
BESIDE = {"scaffold": "control-variate", "qfedavg": "train_loss"}

WINDOW, HELD_OUT = 5, 20
"""Positions looked for together; held-out utterances of a place, the highest count that is told."""


def opened(content):
    """The bytes that go over the wire."""
    return recorddict_to_proto(content).SerializeToString(deterministic=True)


@dataclass
class Detector:
    """Looks through bytes for what must not be there.

    Needles are long enough that chance cannot bring them about: 12 bytes of an embedding (three float32), 8 of a
    label in float64, the pair of an utterance's labels in float32, ids as text, and five positions in a row.
    """

    needles: dict[bytes, str] = field(default_factory=dict)

    @classmethod
    def of(cls, conditions):
        found = cls()
        for k, data in enumerate(conditions):
            for split in ("train", "validation", "test"):
                part = data.examples[split]
                for kind in ("acoustic", "lexical"):
                    for row in getattr(part, kind).numpy():
                        found.add_numbers(row, 3, f"{kind} embedding of condition {k}, {split}")
                for true, kept in zip(data.labels[split], part.labels.numpy(), strict=True):
                    for value in true:
                        found.needles[struct.pack("<d", value)] = "label"
                    found.needles[kept.tobytes()] = "label pair"
                for name in data.utterances[split]:
                    found.needles[name.encode()] = "utterance id"
            for speaker in set(data.candidates.speaker.tolist()):
                found.needles[speaker.encode()] = "speaker"
        return found

    def add_numbers(self, row, window, what):
        for kind in (np.float32, np.float64):
            values = row.astype(kind)
            for start in range(len(values) - window + 1):
                self.needles[values[start : start + window].tobytes()] = what

    def add_positions(self, positions):
        """Memory positions, some in a row, as integers or floats of any size; none that could be a count of 20."""
        for start in range(len(positions) - WINDOW + 1):
            some = positions[start : start + WINDOW]
            if min(some) <= HELD_OUT:
                continue
            for kind in (np.int32, np.int64, np.float32, np.float64):
                self.needles[np.asarray(some, kind).tobytes()] = "memory positions"
            self.needles[", ".join(map(str, some)).encode()] = "memory positions"
            # As protobuf packs a repeated sint64.
            self.needles[b"".join(_varint(2 * int(p)) for p in some)] = "memory positions"

    def leaks(self, content):
        return sorted({what for needle, what in self.needles.items() if needle in content})


def _varint(value):
    out = b""
    while True:
        value, low = value >> 7, value & 127
        out += bytes([low | (128 if value else 0)])
        if not value:
            return out


@dataclass
class Overheard:
    """All messages of a run, and what was in memory meanwhile."""

    down: list = field(default_factory=list)
    up: list = field(default_factory=list)


@pytest.fixture(scope="module")
def overheard(tmp_path_factory):
    folder, heard = tmp_path_factory.mktemp("messages") / "run", Overheard()

    def listen(message, context, answer):
        task = message.content["task"]
        key = task["arm"], task["round"], int(context.node_config["partition-id"])
        heard.down.append((key, opened(message.content), message.content))
        reply = answer(message, context)
        assert not reply.has_error()
        heard.up.append((key, opened(reply.content), reply.content))
        return reply

    with pytest.MonkeyPatch.context() as monkeypatch, intercepted(monkeypatch, listen):
        run(folder, arms=ARMS, reports={"min_pooled": 5}, stream={"per_round": 3})
    return folder, heard


@pytest.fixture(scope="module")
def detector(overheard):
    folder, _ = overheard
    found = Detector.of([EnvironmentData.read(folder / "data" / str(k)) for k in range(3)])
    for path in folder.glob("devices/**/*.safetensors"):
        positions = whole_files.read_tensors(path)[0]["positions"].tolist()
        found.add_positions(positions)
    return found


def test_every_device_and_round_of_every_arm_was_overheard(overheard):
    _, heard = overheard
    assert len(heard.down) == len(heard.up) == len(ARMS) * 4 * 4
    assert {key[0] for key, _, _ in heard.up} == {arm.name for arm in map(Arm.parse_shared, ARMS)}


def test_no_message_holds_speech_labels_names_or_memories(overheard, detector):
    _, heard = overheard
    for key, content, _ in [*heard.down, *heard.up]:
        assert detector.leaks(content) == [], key


LEAKS = {
    "acoustic embedding": lambda data, positions: Array(data.examples["train"].acoustic[3].numpy()),
    "lexical embedding": lambda data, positions: Array(data.examples["train"].lexical[3:5].double().numpy()),
    "label pair": lambda data, positions: Array(data.examples["train"].labels[7].numpy()),
    "label": lambda data, positions: [float(data.labels["train"][7][1])],
    "utterance id": lambda data, positions: data.utterances["train"][2],
    "speaker": lambda data, positions: str(data.candidates.speaker[2]),
    "memory positions": lambda data, positions: positions,
}


@pytest.mark.parametrize("what", LEAKS)
def test_the_detector_catches_a_message_that_leaks(overheard, detector, what):
    """The positive control: without it, the test above could pass by looking at nothing."""
    folder, heard = overheard
    data = EnvironmentData.read(folder / "data" / "0")
    leak = LEAKS[what](data, _remembered(folder))
    content = heard.up[0][2].copy()
    if isinstance(leak, Array):
        content["x"] = ArrayRecord({"x": leak})
    elif isinstance(leak, str):
        content["x"] = ConfigRecord({"x": leak})
    else:
        content["x"] = MetricRecord({"x": leak})
    assert any(found.startswith(what) for found in detector.leaks(opened(content)))


def _remembered(folder):
    """Positions that some device remembers, high enough to be told from counts."""
    for path in sorted(folder.glob("devices/**/*.safetensors")):
        positions = whole_files.read_tensors(path)[0]["positions"].tolist()
        windows = [positions[k : k + WINDOW] for k in range(len(positions) - WINDOW + 1)]
        if any(min(window) > HELD_OUT for window in windows):
            return positions
    raise AssertionError("no device remembers enough: the control would test nothing")


def test_statistics_of_own_speech_stay_on_the_device_and_are_over_enough_utterances(overheard):
    folder, heard = overheard
    assert not any("prequential" in content for _, _, content in heard.up)
    assert len(table(folder, "prequential.csv")), "the experimenter reads them from the devices' disks"
    assert (table(folder, "prequential.csv")["n"] >= 5).all()


def test_held_out_statistics_are_over_nobodys_speech(overheard):
    _, heard = overheard
    sizes = {values[0] for _, _, content in heard.up for values in content["held-out"].values()}
    assert sizes == {20.0}


def test_bytes_in_the_costs_are_those_on_the_wire(overheard):
    folder, heard = overheard
    costs = table(folder, "costs.csv")
    arms = [arm.name for arm in arms_of(costs)]
    index = pd.MultiIndex.from_arrays([arms, costs["round"], costs["device"]])
    assert index.is_unique
    for column, messages in (("bytes_down", heard.down), ("bytes_up", heard.up)):
        recorded = pd.Series(costs[column].to_numpy(), index=index)
        assert {key: recorded[key] for key, _, _ in messages} == {
            key: len(content) for key, content, _ in messages
        }


def test_each_mode_sends_its_part_of_the_model_and_no_more(overheard):
    folder, heard = overheard
    data = EnvironmentData.read(folder / "data" / "0").examples["train"]
    from tests.simulations.moving.small_federation import config

    model = Regressor(data.acoustic.shape[1], data.lexical.shape[1], config().model)
    for direction in ("down", "up"):
        for (arm, round, _), _, content in getattr(heard, direction):
            mode = Arm.parse_shared(arm).mode
            sharing = Sharing.of(mode, model)
            vector = torch.zeros(sharing.size)
            part = sharing.down(vector, round > 1) if direction == "down" else sharing.up(vector)
            found = payload.vector_in(content)
            assert (None if found is None else len(found)) == (None if part is None else len(part))
            if mode == "local" and direction == "up":
                assert not content.array_records


def test_beside_the_model_goes_what_its_rule_says_and_no_more(overheard):
    """SCAFFOLD's variates both ways, as long as what is shared; q-FedAvg's loss up, one number; nothing else."""
    _, heard = overheard
    seen = set()
    for direction in ("down", "up"):
        for (arm, _, _), _, content in getattr(heard, direction):
            rule = Arm.parse_shared(arm).rule
            found = payload.beside_in(content)
            allowed = {payload.MODEL} | ({payload.BESIDE} if rule in BESIDE else set())
            assert set(content.array_records) <= allowed
            if found:
                assert set(found) == {BESIDE[rule]}
                seen.add((rule, direction, next(iter(found.values())).numel()))
    body = {count for rule, _, count in seen if rule == "scaffold"}
    assert {(rule, direction) for rule, direction, _ in seen} == {
        ("scaffold", "down"),
        ("scaffold", "up"),
        ("qfedavg", "up"),
    }
    assert len(body) == 1
    assert ("qfedavg", "up", 1) in seen
