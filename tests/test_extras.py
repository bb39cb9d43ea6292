"""Experiments that need an extra say so, in one line, before anything is heard."""

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


def test_what_is_there_is_taken():
    extras.require("numpy", "numbers", "here")
    with pytest.raises(ConfigError, match=r"^here: .* pip install 'fedser\[numbers\]' adds it$"):
        extras.require("no_such_module_anywhere", "numbers", "here")
