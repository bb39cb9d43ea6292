"""What a device does when it fails: it says that it has failed, and nothing else; why, its own log says.

What an error says, and even whether there is one, depends on the data of a device, so all failures are one code to
the server: a bug, training that diverged, a refusal. The log is one file of the run in a simulation, where the
experimenter reads it; on a device that has a disk of its own, it lies there.

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

FAILED, STORAGE = 100, 102
"""Codes of `Error`: of every failure, and of a shared disk's; Flower's own are below 100."""
REASON = "the device has failed"
"""All that an error says."""
LOG = "logs/devices.log"
"""Where the failures of all devices of a simulation are, below its run folder."""

_FULL = 1 << 20
"""Bytes of a log beyond which a bug is a line without its traceback: it will be there already."""
_HEAD = re.compile(r"\S+ device (\S+), seed (\d+), (\S+), round (\d+): (.*)")

_BUG = "bug: "
"""In front of what is no error of fedser's own."""

DeviceRound = tuple[int, str, int, str]
"""(seed, arm, round, device)"""


def tell_failures(message: Message, context: Context, call_next: ClientAppCallable) -> Message:
    """Answer with an error where the app fails; a mod of the device's app."""
    try:
        return call_next(message, context)
    except Exception as error:
        return failed(error, message, context)


def failed(error: Exception, message: Message, context: Context) -> Message:
    """Return the reply to a message at which the app failed; why, is logged."""
    if isinstance(error, OSError) and is_full(error):
        error = cannot_write(Path(str(error.filename or _log_of(context).parent)), error)
    if stops_the_run(error, context):
        return Message(Error(STORAGE, str(error)), reply_to=message)
    log_failure(error, message, context)
    return Message(Error(FAILED, REASON), reply_to=message)


def stops_the_run(error: Exception, context: Context) -> bool:
    """Return whether it is the disk that all devices of a simulation share which has failed."""
    on_disk = isinstance(error, StorageError) or (isinstance(error, OSError) and is_full(error))
    return on_disk and _disk_is_shared(context)


def failures_in(log: Path) -> dict[DeviceRound, tuple[str, bool]]:
    """Return what went wrong in which round of which device, by a log, and whether it is a bug.

    Of a round that was lived again, the last.
    """
    if not log.exists():
        return {}
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    heads = [found.groups() for line in lines if (found := _HEAD.fullmatch(line))]
    return {
        (int(seed), arm, int(round), device): (text.removeprefix(_BUG), text.startswith(_BUG))
        for device, seed, arm, round, text in heads
    }


def log_failure(error: Exception, message: Message, context: Context) -> None:
    """Note on the device's side why it has failed at a message; a bug with its traceback."""
    with contextlib.suppress(OSError):  # a full disk may be what has failed
        _log(error, message, context)


def _log(error: Exception, message: Message, context: Context) -> None:
    """Append a line and a traceback in one piece, so that processes do not mix theirs."""
    path = _log_of(context)
    path.parent.mkdir(parents=True, exist_ok=True)
    said = " ".join(str(error).split())
    text = f"{datetime.now(UTC).isoformat(timespec='seconds')} {_subject(message, context)}: "
    bug = not isinstance(error, UserError)
    text += f"{_BUG if bug else ''}{type(error).__name__}: {said}\n"
    if bug and (not path.exists() or path.stat().st_size < _FULL):
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
