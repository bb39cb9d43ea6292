"""Imports point downward only; the layers are declared in pyproject.toml [tool.importlinter]."""

import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent


def lint(folder):
    """Run import-linter on the packages in a folder."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]
    arguments = ["--no-cache", "--no-logo"]
    return subprocess.run([*command, *arguments], cwd=folder, capture_output=True, text=True, check=False)


def test_imports_point_downward():
    result = lint(REPOSITORY)
    assert result.returncode == 0, result.stdout


def test_an_upward_import_is_found(tmp_path):
    for part in ("fedser", "simulations"):
        shutil.copytree(REPOSITORY / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    with (tmp_path / "fedser" / "seeding.py").open("a") as file:
        file.write("\nimport fedser.report\n")
    result = lint(tmp_path)
    assert result.returncode == 1
    assert "fedser.seeding -> fedser.report" in result.stdout
