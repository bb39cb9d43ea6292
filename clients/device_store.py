"""A device's own disk: its states, one file a round, whole or absent.

Flower's context state is lost when a SuperNode restarts and dropped when it is large, so nothing of a device is
kept there. The states after the last two rounds are kept: a device asked for a round that it has already lived
(its reply was lost, or the server was killed before it took note) lives it again from the one before, and
comes to the same.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from fedser import whole_files
from fedser.device import DeviceState
from fedser.errors import RunError

_NAME = re.compile(r"round-(\d+)\.safetensors")


@dataclass(frozen=True)
class DeviceStore:
    """The folder of one device in one arm of one seed."""

    folder: Path

    def before(self, round: int) -> DeviceState:
        """Return the state in which the device comes to a round; a new one if it has lived none before it.

        Raises RunError if the file is damaged, and for a round so long ago that the state before it is gone.
        """
        known = self._rounds()
        earlier = [kept for kept in known if kept < round]
        if earlier:
            return DeviceState.restore(*whole_files.read_tensors(self._file(max(earlier))))
        if known and round > self._first(known[0]):
            raise RunError(
                f"{self.folder}: asked for round {round}, but this device has lived round {known[-1]} and no "
                "longer knows what came before the one asked for; start the run anew"
            )
        return DeviceState()

    def keep(self, state: DeviceState) -> None:
        """Store the state after a round, and forget all but the one before it."""
        before = [known for known in self._rounds() if known < state.round]
        first = self._first(before[-1]) if before else state.round
        record = state.record() | {"first": first}
        # Every device writes in every round: forced to the disk, that would take a third of the round.
        whole_files.write_tensors(self._file(state.round), state.tensors(), record, durable=False)
        for known in before[:-1]:
            self._file(known).unlink(missing_ok=True)

    def _first(self, known: int) -> int:
        """Return the first round this device has lived, as the state after another one says."""
        return int(whole_files.read_tensors(self._file(known))[1]["first"])

    def _rounds(self) -> list[int]:
        """Return the rounds after which there is a state, ascending."""
        try:
            names = [path.name for path in self.folder.iterdir()]
        except FileNotFoundError:
            return []
        return sorted(int(found[1]) for name in names if (found := _NAME.fullmatch(name)))

    def _file(self, round: int) -> Path:
        return self.folder / f"round-{round:05d}.safetensors"
