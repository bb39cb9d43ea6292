"""What tests of rounds overhear of a small federation, and how they make its devices fail."""

from flwr.app import Error, Message

from clients import payload
from fedser import whole_files
from fedser.device.sharing import Sharing
from fedser.model import Regressor
from tests.device.small_world import ACOUSTIC, LEXICAL
from tests.simulations.moving.small_federation import config, intercepted, run

BODY = Sharing.of("personal-head", Regressor(ACOUSTIC, LEXICAL, config().model)).body


def first_of(folder, seed=0):
    return whole_files.read_tensors(folder / "checkpoints" / f"seed-{seed}" / "first.safetensors")[0]["model"]


def overhear(monkeypatch, folder, **changes):
    """Run and return {(round, device): update or None}, examples of each, and the models sent."""
    up, down, examples = {}, {}, {}

    def listen(message, context, answer):
        key = message.content["task"]["round"], int(context.node_config["partition-id"])
        reply = answer(message, context)
        down[key], up[key] = payload.vector_in(message.content), payload.vector_in(reply.content)
        examples[key] = payload.report_of(reply.content).examples
        return reply

    with intercepted(monkeypatch, listen):
        chosen = run(folder, **changes)
    return chosen, down, up, examples


def failing(broken):
    """Devices fail in the rounds of `broken`, {(round, device)}."""

    def listen(message, context, answer):
        if (message.content["task"]["round"], int(context.node_config["partition-id"])) in broken:
            return Message(Error(0, "OSError: no space\nleft"), reply_to=message)
        return answer(message, context)

    return listen
