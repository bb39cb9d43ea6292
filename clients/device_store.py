"""A device's own disk: its states, one file a round, whole or absent.

Flower's context state is lost when a SuperNode restarts and dropped when it is large, so nothing of a device is
kept there. The states after the last two rounds are kept: a device asked for a round that it has already lived
(its reply was lost, or the server was killed before it took note) lives it again from the one before, and
comes to the same.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from fedser import whole_files
from fedser.device import DeviceState
from fedser.errors import RunError, StorageError
from fedser.protocol import Arm
from fedser.seals import Of


def owner_of(device: int, seed: int, arm: Arm, data: str = "") -> Of:
    """Return whose states a device keeps; `data` is `World.identity`, "" where nobody knows it any more."""
    of: dict[str, str | int] = {"device": device, "arm": f"seed-{seed}/{arm.folder}"}
    return of | ({"data": data} if data else {})


_NAME = re.compile(r"round-(\d+)\.safetensors")


@dataclass(frozen=True)
class DeviceStore:
    """The folder of one device in one arm of one seed."""

    folder: Path
    of: Of = field(default_factory=dict)
    """Whose states these are: device, seed, arm and data, as far as the reader knows them."""

    def before(self, round: int) -> DeviceState:
        """Return the state in which the device comes to a round; a new one if it has lived none before it.

        Raises StorageError if the file is damaged or another device's, and RunError for a round so long ago that
        the state before it is gone.
        """
        known = self.rounds()
        if len(known) == 1 and self._first(known[0]) != known[0]:  # there are two from its second round on
            raise StorageError(f"{self.folder}: round {known[0]} is here alone, another is gone; {self._way_out}")
        earlier = [kept for kept in known if kept < round]
        if earlier:
            return DeviceState.restore(*self._read(max(earlier)))
        if known and round > self._first(known[0]):
            raise RunError(
                f"{self.folder}: asked for round {round}, but this device has lived round {known[-1]} and no "
                "longer knows what came before the one asked for; start the run anew"
            )
        return DeviceState()

    def keep(self, state: DeviceState) -> None:
        """Store the state after a round, and forget all but the one before it."""
        before = [known for known in self.rounds() if known < state.round]
        first = self._first(before[-1]) if before else state.round
        record = state.record() | {"first": first}
        # Every device writes in every round: forced to the disk, that would take a third of the round.
        of = dict(self.of) | {"round": state.round}
        whole_files.write_tensors(self._file(state.round), state.tensors(), record, of, durable=False)
        for known in before[:-1]:
            self._file(known).unlink(missing_ok=True)

    def _first(self, known: int) -> int:
        """Return the first round this device has lived, as the state after another one says."""
        return int(self._read(known)[1]["first"])

    def _read(self, known: int) -> tuple[dict[str, Tensor], dict[str, Any]]:
        return whole_files.read_tensors(self._file(known), dict(self.of) | {"round": known}, self._way_out)

    @property
    def _way_out(self) -> str:
        # Without its last state a device would go on with less memory than it had: its arm has to begin anew.
        arm = "/".join(self.folder.parts[-2:])
        return f"delete {arm} of this device and of checkpoints/ and resume; under [privacy], start the run anew"

    def rounds(self) -> list[int]:
        """Return the rounds after which there is a state, ascending."""
        try:
            names = [path.name for path in self.folder.iterdir()]
        except FileNotFoundError:
            return []
        return sorted(int(found[1]) for name in names if (found := _NAME.fullmatch(name)))

    def _file(self, round: int) -> Path:
        return self.folder / f"round-{round:05d}.safetensors"
