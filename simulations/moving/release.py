"""A model out of a finished federation: the server's, or what a device has of its own joined to the server's."""

from torch import Tensor

from clients.device_store import DeviceStore, owner_of
from fedser.device.sharing import Sharing
from fedser.errors import RunError
from fedser.export.moving import Holder, release
from fedser.export.release import Release, empty_model
from fedser.protocol import Arm
from fedser.results.moving import MovingRun
from simulations.model_choice import ModelChoice
from simulations.moving.federation import arm_folder
from simulations.moving.round_files import RoundFiles, ServerState


def release_moving(run: MovingRun, choice: ModelChoice) -> Release:
    """Return the model that is chosen and its card; raises RunError where there is no such model."""
    arm = choice.arm_of(run.folder, run.arms, Arm.parse_shared)
    choice.check_seed(run.folder, run.seeds)
    state = RoundFiles(arm_folder(run.folder, choice.seed, arm)).read_state()
    if state is None:
        raise RunError(
            f"{run.folder}: no model of {arm.name}, seed {choice.seed}, in checkpoints/; run the experiment again"
        )
    if choice.device is None:
        if not arm.shares:
            raise RunError(
                f"{run.folder}: {arm.name} shares nothing, so the server has only the first model; name a device"
            )
        return release(run, arm, choice.seed, Holder(state.round), state.model)
    return release(run, arm, choice.seed, *_of_device(run, arm, choice.seed, choice.device, state))


_OWN = {
    "local": "all of it",
    "federated-ft": "all of it",
    "ditto": "all of it",
    "personal-head": "its heads",
    "fedrep": "its heads",
    "personal-norm": "its gains and shifts of LayerNorm",
}
"""What a device has for itself, by mode."""


def _of_device(run: MovingRun, arm: Arm, seed: int, device: int, state: ServerState) -> tuple[Holder, Tensor]:
    """Return whose model it is, and its parameters (p,): those with which the device would go on."""
    if not 0 <= device < run.devices:
        raise RunError(f"{run.folder}: no device {device} in this run; known: 0 to {run.devices - 1}")
    sharing = Sharing.of(arm.in_round(1, last_shared=0).mode, empty_model(run))
    if sharing.own(state.model) is None:
        raise RunError(
            f"{run.folder}: in mode {arm.mode} a device keeps no model of its own; leave out the device for "
            "the one that all share"
        )
    store = run.folder / "devices" / str(device) / f"seed-{seed}" / arm.folder
    last = DeviceStore(store, owner_of(device, seed, arm)).before(run.rounds + 1)
    if last.own is None:
        raise RunError(f"{run.folder}: device {device} never took part in {arm.name}, seed {seed}; name another")
    own = _OWN[arm.mode]
    return Holder(last.round, device, own), sharing.personal(sharing.start(state.model, last.own), last.own)
