"""What is said of audio files that are of no use: how many, and of the first one why."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from fedser.audio import NoSignalError, UnreadableAudioError


def fault_notes(faults: Iterable[UnreadableAudioError]) -> tuple[str, ...]:
    """Return a note on unreadable files and one on those without a signal, where there are any."""
    every = list(faults)
    silent = [fault for fault in every if isinstance(fault, NoSignalError)]
    unreadable = [fault for fault in every if not isinstance(fault, NoSignalError)]
    return (*_note(unreadable, "unreadable"), *_note(silent, "without a signal"))


def first_fault(faults: Iterable[UnreadableAudioError]) -> str:
    """Return the end of a message that names the first file of no use and why, "" if there is none."""
    return next((f"; the first file of no use is {fault}" for fault in faults), "")


def _note(faults: Sequence[UnreadableAudioError], kind: str) -> tuple[str, ...]:
    if not faults:
        return ()
    first = Path(faults[0].path)  # its folder is nobody's business: notes go into reports
    files = "file" if len(faults) == 1 else "files"
    return (f"{len(faults)} {files} {kind}, the first {first.name}: {faults[0].reason}",)
