"""A device's process that is hostile by itself: as a plugin module, it does the same under any engine.

From round `FIRST` on device 1 sends, round by round, one mutation after the other of the run folder's
hostile.json: {"mode": …, "mutations": [[phase, name], …]}, phase "train" or one of a
secure sum. A process imports this with its first message, so the first rounds are honest.
"""

import json

import clients.device_app as app
from clients.node import device_of, run_of
from clients.payload import TASK
from tests.simulations.moving import hostile_replies

HOSTILE, FIRST = 1, 3
FILE = "hostile.json"
MODES = {"plain": hostile_replies.PLAIN, "private": hostile_replies.PRIVATE}


def spoil_of(mode, phase, name):
    """Return the mutation of a name."""
    return hostile_replies.SECURE[phase, name] if mode == "secure" else MODES[mode][name]


def spoilt(honest):
    """Return an answer of the app that is spoilt where the run folder says so."""

    def answer(message, context):
        reply = honest(message, context)
        file, place = run_of(context) / FILE, message.content[TASK]["round"] - FIRST
        if not file.exists() or device_of(context) != HOSTILE or place < 0 or reply.has_error():
            return reply
        plan = json.loads(file.read_text())
        phase, name = plan["mutations"][place]
        if phase == (message.content["phase"]["phase"] if "phase" in message.content else "train"):
            spoil_of(plan["mode"], phase, name)(reply.content)
        return reply

    return answer


for _kind in ("train.default", "train.secure_sum"):
    app.app._registered_funcs[_kind] = spoilt(app.app._registered_funcs[_kind])
