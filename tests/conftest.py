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
    """The folder of open corpora (RAVDESS, nEMO, emotiontts): $FEDSER_DATA, or shared/data beside the checkout."""
    folder = Path(os.environ.get("FEDSER_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "RAVDESS").is_dir():
        pytest.skip("no open corpora: set FEDSER_DATA to a folder holding RAVDESS, nEMO and emotiontts")
    return folder


@pytest.fixture(scope="session")
def gem_vectors() -> Path:
    """Outputs of the GEM authors' own projection: $FEDSER_REFERENCE, or shared/reference beside the checkout."""
    folder = Path(os.environ.get("FEDSER_REFERENCE", REPOSITORY.parent / "shared" / "reference"))
    if not (folder / "gem_vectors.npz").is_file():
        pytest.skip("no golden vectors: set FEDSER_REFERENCE to the folder holding gem_vectors.npz")
    return folder / "gem_vectors.npz"
