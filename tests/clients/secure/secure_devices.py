"""Devices of a secure sum in this process: states go to JSON between phases, messages through Flower's records."""

import json

from clients.secure.masks import SecureMasks
from clients.secure.messages import (
    AGREE,
    MASK,
    SETUP,
    SHARE,
    UNMASK,
    Agreement,
    Delivery,
    EncryptedShares,
    Invitation,
    KeyBook,
    MaskedVector,
    PublicKeys,
    RevealedShares,
    Survivors,
    pack,
    unpack,
)

KINDS = {
    SETUP: (Invitation, PublicKeys),
    SHARE: (KeyBook, EncryptedShares),
    MASK: (Delivery, MaskedVector),
    AGREE: (Survivors, Agreement),
    UNMASK: (Survivors, RevealedShares),
}


class Devices:
    """`send` of a secure sum; `absent` names who does not answer a phase, and from then on nothing."""

    def __init__(self, vectors, absent=None, alter=None, rules=None):
        self.vectors, self.alter, self.rules = vectors, alter, rules or {}
        self.absent = absent or {}
        self.disk = dict.fromkeys(vectors, "{}")
        self.gone, self.phases, self.seen = set(), [], {}

    def __call__(self, phase, messages):
        self.phases.append(phase)
        self.gone |= set(self.absent.get(phase, ()))
        return {
            device: self.answer(phase, device, messages[device])
            for device in sorted(messages, reverse=True)  # replies come in any order
            if device not in self.gone
        }

    def answer(self, phase, device, message):
        down, up = KINDS[phase]
        message = unpack(down, pack(message))
        masks = SecureMasks(device, json.loads(self.disk[device]), self.rules.get(device))
        extra = (self.vectors[device],) if phase == MASK else ()
        reply = getattr(masks, phase)(message, *extra)
        self.disk[device] = json.dumps(masks.state)
        if self.alter is not None:
            reply = self.alter(phase, device, reply)
        self.seen[phase, device] = reply
        return unpack(up, pack(reply))
