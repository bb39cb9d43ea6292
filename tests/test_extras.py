"""Experiments that need an extra say so, in one line, before anything is heard."""

import os
import sys

import pytest

from fedser import extras
from fedser.errors import ConfigError
from simulations.cli import main


def fedser(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["fedser", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        main()
    return stop.value.code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("module", "arguments", "said"),
    [
        (
            "dp_accounting",
            ["simulate", "private_devices"],
            "fedser: [privacy]: the accountant of a guarantee: needs a package that is not installed; "
            "pip install 'fedser[privacy]' adds it\n",
        ),
        (
            "dp_accounting",
            ["privacy", "frontier", "privacy_frontier"],
            "fedser: [privacy]: the accountant of a guarantee: needs a package that is not installed; "
            "pip install 'fedser[privacy]' adds it\n",
        ),
        (
            "ray",
            ["simulate", "smoke_devices", "--engine", "ray"],
            "fedser: --engine ray: needs a package that is not installed; pip install 'fedser[ray]' adds it\n",
        ),
    ],
)
def test_without_it_one_line_before_anything_is_heard(monkeypatch, capsys, tmp_path, module, arguments, said):
    monkeypatch.setenv("FEDSER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(sys.modules, module, None)  # as Python has it for what is not to be found
    assert fedser(monkeypatch, capsys, *arguments, "--run", tmp_path / "run") == (2, said)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("engine", ["ray", "deployment"])
def test_flowers_own_engines_are_refused_where_they_could_not_be_ended(monkeypatch, capsys, tmp_path, engine):
    monkeypatch.delattr(os, "killpg")
    code, err = fedser(
        monkeypatch, capsys, "simulate", "smoke_devices", "--engine", engine, "--run", tmp_path / "run"
    )
    assert (code, err.count("\n")) == (2, 1)
    assert f"--engine {engine}: needs a system with process groups" in err
    assert not (tmp_path / "run").exists()


def test_what_is_there_is_taken():
    extras.require("numpy", "numbers", "here")
    with pytest.raises(ConfigError, match=r"^here: .* pip install 'fedser\[numbers\]' adds it$"):
        extras.require("no_such_module_anywhere", "numbers", "here")
