"""What a device does when it fails: it says so, and keeps the traceback of a bug on its disk.

An error of fedser's own (`UserError`), such as training that diverged, is told as it is. Anything else is a bug:
the server is told only its type and the line of code, because a message may hold anything; text and traceback go
to the log, which in a simulation is one file of the run, and on a device that has a disk of its own, lies there.

In a simulation all disks are one: where it is full, or what lies on it is damaged, no device has failed, but the
whole run, and it must stop rather than go on with devices missing that another time would be there.
"""

import contextlib
import os
import re
import textwrap
import traceback
from datetime import UTC, datetime
from pathlib import Path

from flwr.app import Context, Error, Message
from flwr.clientapp.typing import ClientAppCallable

from clients.node import run_of
from clients.payload import TASK, Task
from fedser.errors import StorageError, UserError
from fedser.whole_files import cannot_write, is_full

REFUSED, BUG, STORAGE = 100, 101, 102
"""Codes of `Error`; Flower's own are below 100."""
LOG = "logs/devices.log"
"""Where the bugs of all devices of a simulation are, below its run folder."""

_FULL = 1 << 20
"""Bytes of a log beyond which a bug is a line without its traceback: it will be there already."""
_HEAD = re.compile(r"\S+ device (\S+), seed (\d+), (\S+), round (\d+): (.*)")

DeviceRound = tuple[int, str, int, str]
"""(seed, arm, round, device)"""


def tell_failures(message: Message, context: Context, call_next: ClientAppCallable) -> Message:
    """Answer with an error where the app fails; a mod of the device's app."""
    try:
        return call_next(message, context)
    except Exception as error:
        return failed(error, message, context)


def failed(error: Exception, message: Message, context: Context) -> Message:
    """Return the reply to a message at which the app failed; a bug is logged."""
    if isinstance(error, OSError) and is_full(error):
        error = cannot_write(Path(str(error.filename or _log_of(context).parent)), error)
    if isinstance(error, StorageError) and _disk_is_shared(context):
        return Message(Error(STORAGE, str(error)), reply_to=message)
    if isinstance(error, UserError):
        return Message(Error(REFUSED, f"{type(error).__name__}: {error}"), reply_to=message)
    with contextlib.suppress(OSError):  # a full disk may be what has failed
        _log(error, message, context)
    return Message(Error(BUG, _place(error)), reply_to=message)


def bugs_in(log: Path) -> dict[DeviceRound, str]:
    """Return what went wrong in which round of which device, by a log; the last where a round was lived again."""
    if not log.exists():
        return {}
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    heads = [found.groups() for line in lines if (found := _HEAD.fullmatch(line))]
    return {(int(seed), arm, int(round), device): text for device, seed, arm, round, text in heads}


def _log(error: Exception, message: Message, context: Context) -> None:
    """Append a line and a traceback in one piece, so that processes do not mix theirs."""
    path = _log_of(context)
    path.parent.mkdir(parents=True, exist_ok=True)
    said = " ".join(str(error).split())
    text = f"{datetime.now(UTC).isoformat(timespec='seconds')} {_subject(message, context)}: "
    text += f"{type(error).__name__}: {said}\n"
    if not path.exists() or path.stat().st_size < _FULL:
        text += textwrap.indent("".join(traceback.format_exception(error)), "    ")
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(file, text.encode("utf-8", errors="replace"))
    finally:
        os.close(file)


def _log_of(context: Context) -> Path:
    if _disk_is_shared(context):
        return run_of(context) / LOG
    return Path(str(context.node_config["state-dir"])) / Path(LOG).name


def _disk_is_shared(context: Context) -> bool:
    """Return whether what a device keeps lies in the run folder, as in every simulation."""
    own = context.node_config.get("state-dir")
    return not own or Path(str(own)).is_relative_to(run_of(context))


def _subject(message: Message, context: Context) -> str:
    device = context.node_config.get("partition-id", "?")
    try:
        task = Task.of(message.content.config_records[TASK])
    except KeyError:
        return f"device {device}, {message.metadata.message_type}"
    return f"device {device}, seed {task.seed}, {task.arm}, round {task.round}"


def _place(error: Exception) -> str:
    """Return the type of an error and the line of code that raised it."""
    frame = traceback.extract_tb(error.__traceback__)[-1:]
    return type(error).__name__ + "".join(f" ({Path(f.filename).name}, line {f.lineno})" for f in frame)
