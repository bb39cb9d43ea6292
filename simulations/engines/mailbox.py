"""Memory that two processes share: a worker leaves large answers in it, which a pipe would carry in small pieces.

It is a file without a name, so nothing of it is left when both are gone, however they end.
"""

import mmap
import os
import pickle
import tempfile
from multiprocessing.reduction import recv_handle, send_handle
from typing import Any

SLOTS = 2
"""Answers that can wait at a time: as many as a worker has messages."""


class Mailbox:
    """Slots of one size; a slot may be written again once its answer was taken."""

    def __init__(self, descriptor: int, slot_bytes: int) -> None:
        self.slot_bytes = slot_bytes
        self._memory = mmap.mmap(descriptor, SLOTS * slot_bytes)

    @classmethod
    def shared_with(cls, connection: Any, process: int, slot_bytes: int) -> "Mailbox | None":
        """Return a mailbox, whose other end the other process takes by `received`; None for want of room."""
        try:
            opened = tempfile.TemporaryFile()  # noqa: SIM115
        except OSError:  # no folder for temporary files
            return None
        with opened as file:
            try:
                # Room is taken now: a disk that fills up later would be a fatal signal, not an error.
                os.posix_fallocate(file.fileno(), 0, SLOTS * slot_bytes)
            except (OSError, AttributeError):  # a full disk; a system without it
                return None
            connection.send(slot_bytes)
            send_handle(connection, file.fileno(), process)
            return cls(file.fileno(), slot_bytes)

    @classmethod
    def received(cls, connection: Any, slot_bytes: int) -> "Mailbox":
        """Return the other end of a mailbox."""
        descriptor = recv_handle(connection)
        try:
            return cls(descriptor, slot_bytes)
        finally:
            os.close(descriptor)

    def put(self, slot: int, answer: Any) -> int:
        """Leave an answer in a slot and return its length; 0 if it does not fit."""
        data = pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL)
        if len(data) > self.slot_bytes:
            return 0
        start = slot * self.slot_bytes
        self._memory[start : start + len(data)] = data
        return len(data)

    def take(self, slot: int, length: int) -> Any:
        """Return the answer in a slot."""
        start = slot * self.slot_bytes
        with memoryview(self._memory) as whole, whole[start : start + length] as part:
            return pickle.loads(part)
