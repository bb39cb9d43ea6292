"""The Flower app of a device: a thin shell around `fedser.device`.

The same app runs in this process, under Ray, and on a SuperNode. A device finds its data and its store by its
node configuration (`partition-id`, `data-dir`, `state-dir`) or below the run folder that the run is started with.
"""

import time
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from flwr.app import ArrayRecord, ConfigRecord, Context, Message, RecordDict
from flwr.clientapp import ClientApp
from torch import Tensor

import clients.rules  # noqa: F401  # Flower's strategies become known by their names
from clients import introduction, own_record, payload
from clients.contributions import pack
from clients.device_store import DeviceStore, owner_of
from clients.failures import log_failure, stops_the_run, tell_failures
from clients.node import data_of, device_of, states_of
from clients.node_key import peers_of, private_key_of
from clients.parameters import forget_vector, vector_in
from clients.payload import Task
from clients.secure import device as secure_device
from clients.secure.authority import Authority, SumRules
from clients.sending import SendingTerms, quiet_report
from fedser.device import DeviceSettings, Learnt, Life, World
from fedser.device.world import data_identity, forget_data
from fedser.errors import ConfigError
from fedser.one_thread import one_thread
from fedser.privacy import DEFENCES, Contribution, Defence
from fedser.protocol import Arm

app = ClientApp(mods=[tell_failures])


@app.query()
def introduce(message: Message, context: Context) -> Message:
    """Say which device this is: node ids change from run to run, devices do not."""
    return Message(introduction.answer(message, context), reply_to=message)


@app.train()
@one_thread()
def live_a_round(message: Message, context: Context) -> Message:
    """Live one round and reply with the update and the report.

    Under a guarantee a device that fails sends what one sends that has nothing to learn: that it failed tells of
    its data, too.
    """
    task, device = Task.of(message.content.config_records[payload.TASK]), device_of(context)
    life = _life(data_of(context), task)
    folder = _arm_folder(states_of(context), task)
    try:
        content = _lived(message, task, device, life, folder)
    except Exception as error:
        sending = SendingTerms.of(message.content)
        if not sending.quiet or stops_the_run(error, context):
            raise
        log_failure(error, message, context)
        own_record.keep(folder, task.round, {"outcome": "failed"})
        content = quiet_report(device)
        model = vector_in(message.content)
        shared = life.sharing.up(model) if model is not None and len(model) == life.sharing.size else model
        if life.sharing.shared_size and shared is not None:
            content.update(_sent(sending, task, device, life, folder, shared, shared, 0)[0])
    return Message(content, reply_to=message)


def _lived(message: Message, task: Task, device: int, life: Life, folder: Path) -> RecordDict:
    """Live a round and return the content of the reply."""
    began = time.perf_counter()
    store = DeviceStore(folder, owner_of(device, task.seed, _arm(task), life.world.identity))
    before = store.before(task.round)
    model = life.sharing.start(vector_in(message.content), before.own)
    after, learnt = life.live(before, model, device, task.round, payload.beside_in(message.content))
    own = life.sharing.own(learnt.parameters)
    store.keep(replace(after, own=own))
    return _reply(message, task, device, life, learnt, model, folder, time.perf_counter() - began)


@app.train(payload.TELL_MEMORY)
@one_thread()
def tell_memory(message: Message, context: Context) -> Message:
    """Tell the gradient of what this device remembers, for the rule of aggregation, ahead of training."""
    task, device = Task.of(message.content.config_records[payload.TASK]), device_of(context)
    life = _life(data_of(context), task)
    if not life.learning.tells_of_memory:
        raise ConfigError(f"{task.arm}: its rule does not ask for the gradient of a memory, but the server does")
    folder = _arm_folder(states_of(context), task)
    store = DeviceStore(folder, owner_of(device, task.seed, _arm(task), life.world.identity))
    before = store.before(task.round)
    model = life.sharing.start(vector_in(message.content), before.own)
    return Message(payload.of_memory(device, life.of_memory(before, model, device)), reply_to=message)


@app.train(secure_device.ACTION)
def answer_in_a_secure_sum(message: Message, context: Context) -> Message:
    """Answer one phase of a secure sum, to which a round's update is added under masks."""
    task, device = Task.of(message.content.config_records[payload.TASK]), device_of(context)
    life = _life(data_of(context), task)
    folder, rules = _arm_folder(states_of(context), task), _rules_of_sum(life.settings, task, context)
    return Message(secure_device.answer(message.content, device, task.round, folder, rules), reply_to=message)


def _rules_of_sum(settings: DeviceSettings, task: Task, context: Context) -> SumRules:
    """Return what this device asks of a secure sum, by its own settings."""
    if not settings.active_server:
        return SumRules(settings.least_participants)
    private = private_key_of(context)
    if private is None:
        raise ConfigError('[privacy] active_server: a device needs a key to sign with: set "node-key" of its node')
    authority = Authority(private, peers_of(context), (task.seed, task.arm, task.round))
    return SumRules(settings.least_participants, authority)


def _reply(
    order: Message,
    task: Task,
    device: int,
    life: Life,
    learnt: Learnt,
    model: Tensor,
    folder: Path,
    seconds: float,
) -> RecordDict:
    """Return the content of a reply to an order: a report, and what its steps make of the shared parameters.

    `model` (p,) is what the device started from. What it may not tell stays in its folder.
    """
    sending = SendingTerms.of(order.content)
    told = payload.reply(device, learnt, None, seconds)
    content = quiet_report(device) if sending.quiet else told
    own = payload.report_of(told).plain() if sending.asked else {}
    own["prequential"] = {key: moments.to_list() for key, moments in learnt.prequential.items()}
    shared, origin = life.sharing.up(learnt.shared), life.sharing.up(model)
    if shared is not None and origin is not None:
        shared = life.sent(device, shared, origin)
        sent, own["inside"] = _sent(sending, task, device, life, folder, shared, origin, learnt.examples)
        content.update(sent)
    if sending.asked or learnt.prequential:
        own_record.keep(folder, task.round, own if sending.asked else {"prequential": own["prequential"]})
    return content


def _sent(
    sending: SendingTerms,
    task: Task,
    device: int,
    life: Life,
    folder: Path,
    shared: Tensor,
    origin: Tensor,
    examples: int,
) -> tuple[dict[str, ArrayRecord | ConfigRecord], bool]:
    """Return what goes up of the shared parameters (k,), and whether their update was within the clip.

    For a secure sum nothing goes up yet: the update waits in the folder.
    """
    steps = sending.steps(_further(life.settings))
    weight = sending.weight_of(examples) if steps.secure else 1.0
    streams = sending.streams(task, _arm(task).folder, device)
    sent = steps.send(Contribution(shared.numpy(), origin.numpy(), weight), streams)
    if steps.secure:
        secure_device.SecureStore(folder).keep_vector(task.round, sent.values, sending.attempt)
        return {}, sent.inside
    return pack(sent), sent.inside


def _further(settings: DeviceSettings) -> tuple[Defence, ...]:
    """Return the steps that [privacy] names, with their options."""
    return tuple(DEFENCES[name].read(options, f"[{name}]") for name, options in settings.defences.items())


def _arm(task: Task) -> Arm:
    return Arm.parse_shared(task.arm)


def _arm_folder(states: Path, task: Task) -> Path:
    return states / f"seed-{task.seed}" / _arm(task).folder


def forget() -> None:
    """Let go of what this process keeps from message to message; for the end of a run that others may follow.

    Nothing of it would be taken for another run's, whose data have another identity. But a run that is over must
    not hold on to memory, nor to a method that may since be defined anew.
    """
    _lives.cache_clear()
    _worlds.cache_clear()
    forget_data()
    forget_vector()


def _life(data: Path, task: Task) -> Life:
    """Return a life to live; every device of this process shares it, because it holds nothing of any."""
    identity = data_identity(data)
    last_shared = _worlds(data, identity, task.seed).settings.last_shared  # first: it imports what arms may name
    return _lives(data, identity, task.seed, _arm(task).in_round(task.round, last_shared).name)


@lru_cache(maxsize=2)
def _lives(data: Path, identity: str, seed: int, name: str) -> Life:
    world = _worlds(data, identity, seed)
    return Life(world, Arm.parse_shared(name))


@lru_cache(maxsize=2)
def _worlds(data: Path, identity: str, seed: int) -> World:
    return World.read(data, seed)
