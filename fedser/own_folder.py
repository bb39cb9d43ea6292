"""Folders that a user names to be written to: new, empty, or of fedser's own making; never somebody else's."""

from collections.abc import Callable
from pathlib import Path

from fedser.errors import RunError
from fedser.whole_files import is_draft


def claim_folder(folder: Path, what: str, ours: Callable[[Path], bool]) -> None:
    """Make a folder for `what`, such as "an exported model"; one that is there must hold nothing but such things.

    `ours` says of a file in it whether it is one that fedser wrote, and so may be written anew. Raises RunError,
    with everything as it was, for anything else, and for what is no folder.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        strangers = sorted(item.name for item in folder.iterdir() if not (is_draft(item) or ours(item)))
    except OSError as error:
        raise RunError(
            f"{folder}: cannot be written to ({error.strerror or error}); give another folder"
        ) from None
    if strangers:
        raise RunError(f"{folder}: holds {strangers[0]}, which is no part of {what}; choose a new or empty folder")
