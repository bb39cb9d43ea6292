"""Imports point downward only; the layers are declared in pyproject.toml [tool.importlinter]."""

import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
PACKAGES = ("fedser", "clients", "simulations")


def lint(folder):
    """Run import-linter on the packages in a folder."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]
    arguments = ["--no-cache", "--no-logo"]
    return subprocess.run([*command, *arguments], cwd=folder, capture_output=True, text=True, check=False)


def test_imports_point_downward():
    result = lint(REPOSITORY)
    assert result.returncode == 0, result.stdout


def test_what_breaks_the_layers_is_found(tmp_path):
    for part in PACKAGES:
        shutil.copytree(REPOSITORY / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    for file, line in {
        "fedser/seeding.py": "import fedser.report",
        "fedser/errors.py": "def late():\n    from clients import payload",  # inside a function
        "fedser/product.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import fedser.training",
        "fedser/results/moving/record.py": "import fedser.results.one_device.run",
        "fedser/nowhere.py": "",
    }.items():
        with (tmp_path / file).open("a") as source:
            source.write(f"\n{line}\n")
    result = lint(tmp_path)
    assert result.returncode == 1
    for found in (
        "fedser.seeding -> fedser.report",
        "fedser.errors -> clients.payload",
        "fedser.results.moving.record -> fedser.results.one_device.run",
        "fedser.nowhere",
    ):
        assert found in result.stdout
    assert "fedser.product" not in result.stdout, "what is imported for its type alone is not there at run time"
