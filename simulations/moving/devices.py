"""The devices behind a Flower grid, by their number.

Flower's node ids are random in every run, and nodes come and go; devices say who they are when asked. Replies
come in any order, and are sorted out by device.
"""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flwr.app import Message, MessageType, RecordDict
from flwr.common.constant import ErrorCode
from flwr.serverapp import Grid

from clients import introduction
from clients.failures import FAILED, REASON, STORAGE, failures_in
from fedser.errors import StorageError
from fedser.training.divergence import Suspects, advice
from fedser.training.epoch import ADVICE

_PAUSE_S = 0.5

IMPOSTOR = "impostor refused"
"""How the error of a node begins that says it is a device whose key it has not."""
LIAR = "lie in a secure sum"
"""How the error of a device begins that lied there."""

_BUGS = (ErrorCode.LOAD_CLIENT_APP_EXCEPTION, ErrorCode.CLIENT_APP_RAISED_EXCEPTION)
"""Codes of Flower's that are no user's; where an app cannot even be loaded, Flower says so."""


@dataclass(frozen=True)
class Failure:
    """What a device said when it failed, or what was missing of it."""

    device: int
    error: str
    bug: bool

    @classmethod
    def of(cls, device: int, reply: Message) -> "Failure":
        """Return what a reply with an error says, in one line; of the app's own, the code is all there is."""
        if reply.error.code == FAILED:
            return cls(device, REASON, bug=False)
        return cls(device, _plain(reply.error.reason or ""), reply.error.code in _BUGS)


def _plain(text: str) -> str:
    """Return what a device may have made up as one line without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]


class Devices:
    """Asks devices and collects their replies.

    A round waits for absent ones `patience_s` in all, however many messages it takes; 0 goes on without them.
    `keys` is the folder in which public keys are enrolled: where there is one, a number is its key's.
    """

    def __init__(self, grid: Grid, count: int, patience_s: float, keys: Path | None = None) -> None:
        self._grid, self._count, self._patience_s = grid, count, patience_s
        self._keys = keys if keys is not None and keys.exists() else None
        self._device_of: dict[int, int] = {}
        self._failures: list[Failure] = []
        self._until: float | None = None
        """When the patience of the round is at an end; None before its first message."""

    def ask(
        self, message_type: str, contents: Mapping[int, RecordDict], round: int, timeout_s: float
    ) -> dict[int, Message]:
        """Send each device its content and return the replies that came in time; absent devices have none."""
        node_of = self._nodes(list(contents), timeout_s)
        messages = [
            Message(contents[device], node_of[device], message_type, group_id=str(round))
            for device in sorted(contents)
            if device in node_of
        ]
        replies = {}
        for reply in self._grid.send_and_receive(messages, timeout=timeout_s):
            if reply.has_error() and reply.error.code == STORAGE:
                raise StorageError(str(reply.error.reason))
            device = self._device_of.get(reply.metadata.src_node_id)
            if device is not None:
                replies[device] = reply
                if reply.has_error():
                    self._failures.append(Failure.of(device, reply))
        for device in sorted(contents.keys() - replies.keys()):
            absent = f"no node of this device within {self._patience_s:g} s"
            silent = f"no reply within {timeout_s:g} s"
            self._failures.append(Failure(device, silent if device in node_of else absent, bug=False))
        return dict(sorted(replies.items()))

    def note(self, device: int, error: str) -> None:
        """Note why what a device sent is not used."""
        self._failures.append(Failure(device, _plain(error), bug=False))

    def last_error(self, suspects: Suspects, log: Path, seed: int, arm: str, round: int) -> str:
        """Return why the last device of a round failed, for a message; "" if none has.

        In a simulation its log is at hand, and says what it did not. `suspects` are the sections that may be at
        fault where training diverged.
        """
        if not self._failures:
            return ""
        last = self._failures[-1]
        text, bug = failures_in(log).get((seed, arm, round, str(last.device)), (last.error, last.bug))
        if last.error != REASON:
            text, bug = last.error, last.bug
        return f": {text.replace(ADVICE, advice(suspects))}" + (f", a bug: see logs/{log.name}" if bug else "")

    def end_round(self) -> dict[str, list[dict[str, Any]]]:
        """Return what failed in the round, for its record, {} if nothing has; the next one is patient again."""
        failures, self._failures, self._until = self._failures, [], None
        return {"failures": [asdict(failure) for failure in failures]} if failures else {}

    def _nodes(self, wanted: list[int], timeout_s: float) -> dict[int, int]:
        """Return the node of each device that is there, waiting a while for those that are wanted."""
        if self._until is None:
            self._until = time.monotonic() + self._patience_s
        nameless: set[int] = set()
        while True:
            present = set(self._grid.get_node_ids())
            nameless |= self._introduce(present - self._device_of.keys() - nameless, timeout_s)
            node_of = {device: node for node, device in self._device_of.items() if node in present}
            if all(device in node_of for device in wanted) or time.monotonic() >= self._until:
                return node_of
            time.sleep(_PAUSE_S)

    def _introduce(self, strangers: set[int], timeout_s: float) -> set[int]:
        """Ask nodes which device they are, and return those that do not say."""
        asked = introduction.challenge()
        content = introduction.question(asked)
        messages = [Message(content, node, MessageType.QUERY, group_id="0") for node in sorted(strangers)]
        for reply in self._grid.send_and_receive(messages, timeout=timeout_s) if messages else ():
            device, node = introduction.number_in(reply), reply.metadata.src_node_id
            if device is None or not 0 <= device < self._count:
                continue
            if self._keys is not None and not introduction.is_proven(reply, device, asked, self._keys):
                self.note(device, f"{IMPOSTOR}: node {node} says that it is this device, but has not its key")
                continue
            self._device_of[node] = device
        return strangers - self._device_of.keys()
