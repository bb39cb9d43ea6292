"""What is wrong with an audio file, in one line."""

import os

from fedser.errors import FedserError
from fedser.spelling import visible


class UnreadableAudioError(FedserError):
    """A file holds no usable audio; the message is one line with the path and the reason."""

    def __init__(self, path: str | os.PathLike[str], reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, visible(reason)

    def __str__(self) -> str:
        """Return the path and the reason."""
        return f"{visible(os.fspath(self.path))}: {self.reason}"


class NoSignalError(UnreadableAudioError):
    """A file is whole, but nothing is to be heard in it."""
