"""Where fedser keeps what it can make again: $FEDSER_CACHE, or the user's cache folder."""

import os
from pathlib import Path

import platformdirs

from fedser.errors import ConfigError


def folder() -> Path:
    """Return the absolute cache folder; it need not exist yet.

    The environment variable FEDSER_CACHE wins over the platform's own place (on Linux ~/.cache/fedser). Raises
    ConfigError where that is in a home folder which is not known, as of a user whom the system has no name for.
    """
    chosen = os.environ.get("FEDSER_CACHE", "")
    try:
        return (Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("fedser"))).absolute()
    except RuntimeError:
        raise ConfigError(
            f"{chosen or 'cache folder'}: there is no home folder to keep features in; name a folder in the "
            "environment variable FEDSER_CACHE"
        ) from None
