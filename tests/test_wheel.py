"""Wheel and source distribution, each installed into a fresh environment and used far from the sources.

`make test-wheel`: minutes, most of them pip's. The environment has no extras, and what pip's resolution brings.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from fedser.version import __version__

pytestmark = pytest.mark.wheel

ROOT = Path(__file__).parents[1]
TORCH = os.environ.get("TORCH", "torch==2.13.0")
"""Installed first and by its exact version, as the Makefile does."""

BUILD = "from setuptools import build_meta as b; import sys; print(getattr(b, sys.argv[1])(sys.argv[2]))"


def call(*command, folder):
    """Run a command in a folder, with nothing of this environment; return what it printed."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    ended = subprocess.run(
        list(map(str, command)), cwd=folder, env=kept, capture_output=True, text=True, check=False, timeout=1800
    )
    assert ended.returncode == 0, f"{command}\n{ended.stdout[-2000:]}\n{ended.stderr[-4000:]}"
    return ended.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return the wheel and the source distribution, made of what git knows or would take."""
    sources, target = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("dist")
    listed = call("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", folder=ROOT)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (sources / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, sources / name)
    for what in ("build_wheel", "build_sdist"):
        call(sys.executable, "-c", BUILD, what, target, folder=sources)
    return next(target.glob("*.whl")), next(target.glob("*.tar.gz"))


@pytest.fixture(scope="module")
def fresh(built, tmp_path_factory):
    """Return the folder of commands of a fresh environment with the wheel in it."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    commands = folder / ("Scripts" if os.name == "nt" else "bin")
    install = [commands / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    call(*install, TORCH, folder=folder)
    call(*install, "-c", ROOT / "constraints.txt", built[0], folder=folder)
    return commands


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A folder far from the sources, which holds packages that are not fedser's."""
    monkeypatch.setenv("FEDSER_CACHE", str(tmp_path / "cache"))
    for name in ("clients", "simulations", "fedser"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('not fedser')\n")
    return tmp_path


def configurations(names, folder):
    return {name.relative_to(folder) for name in names if name.suffix == ".toml" and name.is_relative_to(folder)}


def test_both_hold_all_configurations(built):
    shipped = {path.relative_to(ROOT / "configs") for path in (ROOT / "configs").rglob("*.toml")}
    wheel, sources = built
    packed = [Path(name) for name in zipfile.ZipFile(wheel).namelist()]
    assert configurations(packed, Path("simulations/configs")) == shipped
    assert {path.parts[0] for path in packed} == {
        *("fedser", "clients", "simulations", "fedser_command.py", f"fedser-{__version__}.dist-info")
    }
    with tarfile.open(sources) as archive:
        names = {Path(*Path(name).parts[1:]) for name in archive.getnames()}
    assert configurations(names, Path("configs")) == shipped
    assert {Path("Makefile"), Path("constraints.txt"), Path("tests/test_wheel.py"), Path("LICENSE")} <= names


def test_the_wheel_works_elsewhere(fresh, elsewhere):
    assert call(fresh / "fedser", "--version", folder=elsewhere) == f"fedser {__version__}\n"
    assert "Begin with: fedser demo" in call(fresh / "fedser", "--help", folder=elsewhere)
    listed = call(fresh / "fedser", "configs", folder=elsewhere).splitlines()
    assert len(listed) == len(list((ROOT / "configs").rglob("*.toml")))
    call(fresh / "python", "-m", "pip", "check", folder=elsewhere)


def test_the_demo_and_a_federation_run(fresh, elsewhere):
    call(fresh / "fedser", "demo", "--seeds", 1, "--run", "demo", folder=elsewhere)
    assert (elsewhere / "demo" / "report.html").stat().st_size > 10_000
    assert set(pd.read_csv(elsewhere / "demo" / "scores.csv")["method"]) == {"finetuning", "exper", "gem", "joint"}
    call(fresh / "fedser", "simulate", "smoke_devices", "--seeds", 1, "--run", "smoke", folder=elsewhere)
    assert (elsewhere / "smoke" / "report.html").stat().st_size > 10_000


def test_the_source_distribution_is_installed_as_well(built, fresh, tmp_path):
    python = fresh / "python"
    call(python, "-m", "pip", "install", "-q", "--no-deps", "--force-reinstall", built[1], folder=tmp_path)
    assert call(python, "-m", "fedser", "--version", folder=tmp_path) == f"fedser {__version__}\n"
    assert "smoke_devices" in call(python, "-m", "fedser", "configs", folder=tmp_path)
