"""Whether devices still have what they keep, looked at before a federation goes on.

A device whose last state is gone would go on with an older memory, or begin anew with none, and say nothing. In a
simulation all stores lie below the run folder, so that the rounds' records can be held against them.
"""

from pathlib import Path

from clients.device_store import DeviceStore
from fedser.device import World
from fedser.errors import StorageError
from fedser.protocol import Arm
from simulations.moving.federation import arm_folder
from simulations.moving.round_files import RoundFiles


def check_stores(run: Path, world: World, arm: Arm) -> None:
    """Raise StorageError if a device has replied in a round of an arm, and its store has no state after it."""
    if arm.pooled:  # nothing of it is on any device
        return
    files = RoundFiles(arm_folder(run, world.seed, arm), world.identity)
    last: dict[int, int] = {}
    for record in files.read_records():
        last |= {entry["device"]: record["round"] for entry in record["devices"] if entry["outcome"] != "failed"}
    for device, round in sorted(last.items()):
        store = run / "devices" / str(device) / f"seed-{world.seed}" / arm.folder
        if max(DeviceStore(store).rounds(), default=0) < round:
            raise StorageError(
                f"{store}: the state after round {round}, in which device {device} took part, is gone; "
                f"{files.way_out}"
            )
