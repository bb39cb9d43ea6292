"""GDumb learns from its memories alone, from scratch: nothing else of what it met can matter."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from fedser.device import DeviceState, Life
from fedser.errors import ConfigError
from fedser.memory import MemoryOptions
from fedser.model import Examples, FlatParameters, ModelOptions, Regressor
from fedser.protocol import Arm, EnvironmentData, SequentialRun
from fedser.seeding import generator
from fedser.strategies.finetuning import Finetuning
from fedser.strategies.gdumb import GDumb
from fedser.training import TrainingOptions, train_stage
from fedser.training.stage import StageData
from tests.device.small_world import PLACES, make_world, write_place

OPTIONS = TrainingOptions(learning_rate=0.05, batch_size=4, patience=2, max_epochs=6)
CAPACITY, WIDTH = 7, 5


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("gdumb")
    for k, place in enumerate(PLACES):
        write_place(made / str(k), place, k)
    return made


def protocol(environments, folder):
    memory = MemoryOptions(capacity=CAPACITY)
    return SequentialRun(0, environments, {"gdumb": GDumb()}, ModelOptions(width=WIDTH), OPTIONS, memory, folder)


def read(folder):
    return [EnvironmentData.read(folder / str(k)) for k in range(3)]


@pytest.fixture(scope="module", params=["random", "speaker"])
def learnt(request, folder, tmp_path_factory):
    records = protocol(read(folder), tmp_path_factory.mktemp("run")).learn_arm(
        Arm("gdumb", request.param), lambda *_: None
    )
    return request.param, records


def test_every_later_stage_is_training_from_scratch_on_what_is_kept(folder, learnt):
    environments, (_, records) = read(folder), learnt
    kept = [e.examples["train"].take(r.seen_last.numpy()) for e, r in zip(environments, records, strict=True)]
    assert [len(part) for part in kept] == [CAPACITY] * 3
    for stage, record in enumerate(records[1:], start=1):
        model = Regressor(*(getattr(kept[0], kind).shape[1] for kind in ("acoustic", "lexical")), model_options())
        model.initialise(generator(0, "initial weights"))
        parameters = FlatParameters(model)
        all_kept = Examples.join([kept[stage], *kept[:stage]])
        data = StageData("all", all_kept, [], environments[stage].examples["validation"])

        def stream(purpose, epoch, stage=stage):
            return generator(0, "device", 0, "round", stage + 1, purpose, epoch)

        train_stage(model, parameters, data, Finetuning(), OPTIONS, CAPACITY, stream)
        assert torch.equal(parameters.vector, record.parameters)


def model_options():
    return ModelOptions(width=WIDTH)


def test_what_it_did_not_keep_does_not_matter(folder, learnt, tmp_path):
    """The labels of all other utterances are turned round; a memory is chosen by them, a random one is not."""
    kind, records = learnt
    if kind != "random":
        pytest.skip("a sampled memory is chosen by the labels")
    changed = []
    for environment, record in zip(read(folder), records, strict=True):
        train = environment.examples["train"]
        labels = -train.labels
        rows = record.seen_last
        labels[rows] = train.labels[rows]
        examples = {**environment.examples, "train": replace(train, labels=labels)}
        changed.append(replace(environment, examples=examples))
    again = protocol(changed, tmp_path).learn_arm(Arm("gdumb", "random"), lambda *_: None)
    for found, expected in zip(again[1:], records[1:], strict=True):
        assert torch.equal(found.parameters, expected.parameters)


def test_a_random_memory_is_any_utterances(learnt):
    kind, records = learnt
    if kind == "random":
        last = np.arange(30 - CAPACITY, 30)  # in the corpus' order these are the last speaker's
        assert all(set(record.seen_last.tolist()) != set(last) for record in records)


@pytest.mark.parametrize("memory", ["random", "speaker"])
@pytest.mark.parametrize("identity", ["known", "unknown"])
def test_on_a_device_the_model_it_was_sent_does_not_matter(folder, memory, identity):
    if (memory, identity) == ("speaker", "unknown"):
        return  # refused: a reservoir is not sampled by speaker
    world = make_world(folder, memory={"capacity": 6, "identity": identity})
    life = Life(world, Arm("gdumb", memory))
    found = []
    for sent in (torch.zeros(life.size), torch.ones(life.size)):
        state, last = DeviceState(), None
        for round in (1, 2, 3):
            state, last = life.live(state, sent, 0, round)
            kept = [len(items) for items in state.memory.places.values()]
            assert max(kept) <= 6
            assert last.steps == 2 * -(-sum(kept) // 4) - 2 * (sum(kept) % 4 == 1)
        found.append(last.parameters)
    assert torch.equal(*found)


def test_a_memory_of_one_utterance_is_refused(folder):
    world = make_world(folder, memory={"capacity": 1})
    with pytest.raises(ConfigError, match=r"\[memory\]: gdumb-random learns from its memory alone"):
        Life(world, Arm("gdumb", "random"))
