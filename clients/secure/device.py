"""A device's answers in a secure sum, phase by phase; what it must know between phases is on its disk.

Each phase may meet another process: SuperNodes start one for every message, and restart themselves.

A device lets one sum of an attempt at a round be unmasked. A server that was killed may begin the sum again, under
fresh masks, and come to the same; with other survivors, or another vector of this device, the difference of the
two sums would be what one device has added, so that is refused. More than half of the devices must agree to
unmask, so of one attempt no two different sums come to light.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from flwr.app import ConfigRecord, RecordDict
from numpy.typing import NDArray

from clients.payload import TASK, Task
from clients.secure.authority import SumRules
from clients.secure.masks import SecureMasks
from clients.secure.messages import (
    AGREE,
    MASK,
    SETUP,
    SHARE,
    UNMASK,
    Delivery,
    Invitation,
    KeyBook,
    Survivors,
    pack,
    unpack,
)
from fedser import whole_files
from fedser.errors import SecureAggregationError
from fedser.privacy.fixed_point import wrap
from fedser.whole_files import read_record, write_record

ACTION = "secure_sum"
"""Messages of the type "train.secure_sum"."""

_PHASE = "phase"
_DOWN: dict[str, Any] = {SETUP: Invitation, SHARE: KeyBook, MASK: Delivery, AGREE: Survivors, UNMASK: Survivors}


def question(phase: str, message: Any, task: Task) -> RecordDict:
    """Return the content of a phase's message down."""
    content = pack(message)
    content[TASK], content[_PHASE] = task.record(), ConfigRecord({_PHASE: phase})
    return content


def answer(
    content: RecordDict, device: int, round: int, folder: Path, rules: SumRules | None = None
) -> RecordDict:
    """Return the content of the reply; raises SecureAggregationError for what a device must not answer."""
    phase = str(content.config_records[_PHASE][_PHASE])
    if phase not in _DOWN:
        raise SecureAggregationError(f'no phase of a secure sum is called "{phase}"; run one version everywhere')
    store = SecureStore(folder)
    masks = SecureMasks(device, store.read_state(), rules)
    message = unpack(_DOWN[phase], content)
    if phase == MASK:
        values, attempt = store.vector(round)
        reply: Any = masks.mask(message, values)
        masks.state["summand"] = [round, attempt, _digest(values)]
    else:
        summand = masks.state.get("summand", ())
        reply = getattr(masks, phase)(message)
        if phase == UNMASK:
            store.agree_once(summand, message)
    store.write_state(masks.state)  # before the reply leaves: a device says each thing once
    if phase == MASK:
        store.forget_vector()
    return pack(reply)


def _digest(values: NDArray[np.uint32]) -> str:
    return hashlib.blake2b(values.tobytes(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class SecureStore:
    """In the folder of an arm of a seed: the vector that waits to be masked, and the state of the sum."""

    folder: Path

    def keep_vector(self, round: int, steps: NDArray[np.int64], attempt: int = 1) -> None:
        """Store an update in steps of the grid, (d,), until it is asked for."""
        residues = torch.from_numpy(wrap(steps).view(np.int32))
        record = {"round": round, "attempt": attempt}
        whole_files.write_tensors(self._vector, {"residues": residues}, record, durable=False)

    def vector(self, round: int) -> tuple[NDArray[np.uint32], int]:
        """Return the residues modulo 2³², (d,), and of which attempt they are.

        Raises SecureAggregationError if there are none of this round.
        """
        if self._vector.exists():
            tensors, record = whole_files.read_tensors(self._vector)
            if record["round"] == round:
                return tensors["residues"].numpy().view(np.uint32), int(record["attempt"])
        raise SecureAggregationError(f"this device has no update of round {round} to add to a secure sum")

    def forget_vector(self) -> None:
        """Remove the vector: it has been sent under its masks."""
        self._vector.unlink(missing_ok=True)

    def agree_once(self, summand: Sequence[Any], survivors: Survivors) -> None:
        """Note which sum is unmasked with this device's help; `summand`: (round, attempt, digest of its vector).

        Raises SecureAggregationError for another sum of an attempt of which one was unmasked, or of an earlier
        one.
        """
        wanted = {"summand": list(summand), "survivors": sorted(survivors.arrived)}
        agreed = _read(self._agreed)
        if agreed and agreed != wanted and tuple(agreed["summand"][:2]) >= tuple(wanted["summand"][:2]):
            raise SecureAggregationError(
                "this device has let another sum of this attempt be unmasked; the difference of two would show "
                "what one device has added, refused"
            )
        write_record(self._agreed, wanted)

    def read_state(self) -> dict[str, Any]:
        """Return the state of the sum, {} before the first."""
        return _read(self._state)

    def write_state(self, state: dict[str, Any]) -> None:
        """Store the state of the sum."""
        write_record(self._state, state, durable=False)

    @property
    def _vector(self) -> Path:
        return self.folder / "secure-vector.safetensors"

    @property
    def _state(self) -> Path:
        return self.folder / "secure-sum.json"

    @property
    def _agreed(self) -> Path:
        return self.folder / "secure-agreed.json"


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    return read_record(path, way_out="start the run anew: the device no longer knows what it has said")
