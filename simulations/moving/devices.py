"""The devices behind a Flower grid, by their number.

Flower's node ids are random in every run, and nodes come and go; devices say who they are when asked. Replies
come in any order, and are sorted out by device.
"""

import time
from collections.abc import Mapping

from flwr.app import Message, MessageType, RecordDict
from flwr.serverapp import Grid

_PATIENCE_S = 120.0
_PAUSE_S = 0.5


class Devices:
    """Asks devices and collects their replies."""

    def __init__(self, grid: Grid, count: int) -> None:
        self._grid, self._count = grid, count
        self._device_of: dict[int, int] = {}
        self._error = ""

    def ask(
        self, message_type: str, contents: Mapping[int, RecordDict], round: int, timeout_s: float
    ) -> dict[int, Message]:
        """Send each device its content and return the replies that came in time; absent devices have none."""
        node_of = self._nodes(list(contents))
        messages = [
            Message(contents[device], node_of[device], message_type, group_id=str(round))
            for device in sorted(contents)
            if device in node_of
        ]
        replies = {}
        for reply in self._grid.send_and_receive(messages, timeout=timeout_s):
            device = self._device_of.get(reply.metadata.src_node_id)
            if device is not None:
                replies[device] = reply
                if reply.has_error():
                    self._error = f": {reply.error.reason}"
        return dict(sorted(replies.items()))

    def last_error(self) -> str:
        """Return what the last device that failed said, for a message."""
        return " ".join(self._error.split())[:300]

    def _nodes(self, wanted: list[int]) -> dict[int, int]:
        """Return the node of each device that is there, waiting a while for those that are wanted."""
        until = time.monotonic() + _PATIENCE_S
        while True:
            present = set(self._grid.get_node_ids())
            self._introduce(present - self._device_of.keys())
            node_of = {device: node for node, device in self._device_of.items() if node in present}
            if all(device in node_of for device in wanted) or time.monotonic() > until:
                return node_of
            time.sleep(_PAUSE_S)

    def _introduce(self, strangers: set[int]) -> None:
        if not strangers:
            return
        messages = [Message(RecordDict(), node, MessageType.QUERY, group_id="0") for node in sorted(strangers)]
        for reply in self._grid.send_and_receive(messages, timeout=_PATIENCE_S):
            if not reply.has_error():
                device = int(reply.content.metric_records["device"]["device"])  # type: ignore[arg-type]
                if 0 <= device < self._count:
                    self._device_of[reply.metadata.src_node_id] = device
