"""One source of the version, and all that belongs to a package in it."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import fedser
from fedser.strategies import STRATEGIES
from simulations.engines.flower.app import write_app
from simulations.run_record import new_record
from tests.simulations.moving.small_federation import config

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
VERSION = PROJECT["project"]["version"]


def test_everything_that_names_a_version_names_the_projects(tmp_path):
    write_app(tmp_path / "app", tmp_path)
    app = tomllib.loads((tmp_path / "app" / "pyproject.toml").read_text())
    named = {
        "package": fedser.__version__,
        "a run's record": new_record(config(), "fedser simulate", ())["fedser"],
        "Flower's app": app["project"]["version"],
        "a strategy's origin": STRATEGIES.origin("gem").version,
    }
    assert named == dict.fromkeys(named, VERSION)


def version_in(folder):
    program = "import fedser; print(fedser.__version__, fedser.__file__)"
    printed = subprocess.check_output([sys.executable, "-c", program], cwd=folder, text=True).split()
    assert Path(printed[1]).is_relative_to(folder)
    return printed[0]


def test_sources_know_their_own_version_and_an_installed_package_its(tmp_path):
    """Without the project file beside it, as in site-packages, what is installed says it."""
    shutil.copytree(ROOT / "fedser", tmp_path / "fedser", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "fedser"\nversion = "9.8.7"\n')
    assert version_in(tmp_path) == "9.8.7"
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "another"\nversion = "9.8.7"\n')
    assert version_in(tmp_path) == VERSION
    (tmp_path / "pyproject.toml").unlink()
    assert version_in(tmp_path) == VERSION


def test_a_package_brings_all_its_files_and_says_that_it_is_typed():
    taken = PROJECT["tool"]["setuptools"]["package-data"]
    for package, patterns in taken.items():
        files = {path.relative_to(ROOT / package) for path in (ROOT / package).rglob("*") if path.is_file()}
        others = {path for path in files if path.suffix not in (".py", ".pyc")}
        matched = {path.relative_to(ROOT / package) for one in patterns for path in (ROOT / package).glob(one)}
        assert others <= matched
        assert Path("py.typed") in others
    assert set(taken) == {"fedser", "clients", "simulations"}
