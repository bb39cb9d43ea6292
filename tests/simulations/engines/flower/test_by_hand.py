"""`flwr run .` by hand in the sources: refused at once, for nothing has prepared a run."""

from pathlib import Path

import click
import pytest
from flwr.cli.config_utils import load_and_validate

from simulations.engines.flower.app import write_app

ROOT = Path(__file__).parents[4]


def test_it_is_refused_before_anything_is_started():
    with pytest.raises((click.ClickException, ValueError), match=r"\[tool\.flwr\.app\]"):
        load_and_validate(ROOT / "pyproject.toml")


def test_the_app_of_a_prepared_run_is_taken(tmp_path):
    write_app(tmp_path / "app", tmp_path / "run")
    config, warnings = load_and_validate(tmp_path / "app" / "pyproject.toml")
    assert config["tool"]["flwr"]["app"]["config"] == {"run": str(tmp_path / "run")}
    assert not warnings
