"""What all tests share: one thread for torch, no deadlines, and where the open corpora are."""

import os
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings

torch.set_num_threads(1)

# No test may hang on how fast the machine is, nor a change on which examples are drawn today.
settings.register_profile(
    "fedser", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True, print_blob=True
)
settings.load_profile("fedser")

REPOSITORY = Path(__file__).parent.parent


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
