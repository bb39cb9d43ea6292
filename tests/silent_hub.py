"""A hub that takes connections and never answers."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class SilentHub:
    """Its address, and a socket whose connections nobody serves."""

    endpoint: str
    server: socket.socket

    def times_asked(self) -> int:
        """Return how many have connected since this was last asked."""
        self.server.setblocking(False)
        asked = 0
        while True:
            try:
                self.server.accept()[0].close()
            except BlockingIOError:
                return asked
            asked += 1


@contextmanager
def silent_hub() -> Iterator[SilentHub]:
    """Listen on a port of this machine."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield SilentHub(f"http://127.0.0.1:{server.getsockname()[1]}", server)
