"""What all tests share: one thread for torch, no deadlines, and where the open corpora are."""

import multiprocessing
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings

from fedser import plugins, worker_process

torch.set_num_threads(1)

# No test may hang on how fast the machine is, nor a change on which examples are drawn today.
settings.register_profile(
    "fedser", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True, print_blob=True
)
settings.load_profile("fedser")

WORKERS_NEED = ["clients.device_app", "simulations.engines.worker_pool", "simulations.one_device.workers"]

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="session", autouse=True)
def one_import_for_all_workers() -> Iterator[None]:
    """Workers of the tests' own process come from a server that has imported what they need, 3 s for each.

    Commands that are started as processes of their own start their workers as they always do.
    """
    before = worker_process.START_METHOD
    if "forkserver" in multiprocessing.get_all_start_methods():
        multiprocessing.set_forkserver_preload(WORKERS_NEED)
        worker_process.START_METHOD = "forkserver"
    yield
    worker_process.START_METHOD = before


@pytest.fixture(scope="session")
def open_data() -> Path:
    """The folder of open corpora (RAVDESS, nEMO, emotiontts): $FEDSER_DATA, or a `data` next to the checkout."""
    found = [Path(os.environ["FEDSER_DATA"])] if "FEDSER_DATA" in os.environ else _beside_the_checkout()
    folders = [folder for folder in found if (folder / "RAVDESS").is_dir()]
    if not folders:
        pytest.skip("no open corpora: set FEDSER_DATA to a folder holding RAVDESS, nEMO and emotiontts")
    return folders[0]


def _beside_the_checkout() -> list[Path]:
    return [*REPOSITORY.parent.glob("data"), *sorted(REPOSITORY.parent.glob("*/data"))]


@pytest.fixture
def plugins_as_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """What a test registers, the modules it writes to its folder, and where it looks, are gone afterwards."""
    before = {group: dict(known) for group, known in plugins._registered.items()}
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(plugins, "_folders", [])
    yield
    for group, known in before.items():
        plugins._registered[group].clear()
        plugins._registered[group].update(known)
    for file in tmp_path.glob("*.py"):
        sys.modules.pop(file.stem, None)
