"""Where fedser keeps what it can make again: $FEDSER_CACHE, or the user's cache folder."""

import os
from pathlib import Path

import platformdirs


def folder() -> Path:
    """Return the absolute cache folder; it need not exist yet.

    The environment variable FEDSER_CACHE wins over the platform's own place (on Linux ~/.cache/fedser).
    """
    chosen = os.environ.get("FEDSER_CACHE", "")
    path = Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("fedser"))
    return path.absolute()
