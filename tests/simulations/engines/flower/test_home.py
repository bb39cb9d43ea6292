"""A home's processes share nothing with other runs, and none outlives the home, however its owner ends."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from fedser.errors import RunError
from simulations.engines.flower.app import write_app
from simulations.engines.flower.caretaker import processes_of
from simulations.engines.flower.home import flower_home
from simulations.engines.flower.process import FlowerProcess

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(600)
"""
"""A program that does not end when it is told to."""

OWNER = f"""
import subprocess, sys, time
from simulations.engines.flower.home import flower_home
with flower_home() as home:
    subprocess.Popen([sys.executable, "-c", {STUBBORN!r}], env=home.environment(), start_new_session=True,
                     stdout=subprocess.DEVNULL)
    print(home.folder, flush=True)
    time.sleep(600)
"""


def gone(home):
    return not home.exists() and not processes_of(home)


@pytest.fixture
def proxied(monkeypatch):
    """A user's environment that would lead astray."""
    monkeypatch.setenv("RAY_ADDRESS", "somewhere:6379")
    monkeypatch.setenv("NO_PROXY", "intranet")
    monkeypatch.setenv("OMP_NUM_THREADS", "8")


def test_a_process_that_ignores_its_end_does_not_outlive_the_home(tmp_path):
    with flower_home() as home:
        process = FlowerProcess([sys.executable, "-c", STUBBORN], home, tmp_path / "log")
        assert process.wait_for(lambda: "deaf" in process.said(), 300)
        assert len(processes_of(home.folder)) == 1
    assert gone(home.folder)
    assert process.wait(300) == -signal.SIGKILL


def test_a_killed_owner_leaves_neither_process_nor_folder():
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True)
    home = Path(owner.stdout.readline().strip())
    assert len(processes_of(home)) == 1
    owner.kill()
    owner.communicate()
    until = time.monotonic() + 300
    while not gone(home):
        assert time.monotonic() < until
        time.sleep(0.1)


def test_the_environment_is_the_homes_own(proxied):
    with flower_home() as home:
        environment = home.environment()
        assert environment["FLWR_HOME"] == environment["RAY_TMPDIR"] == str(home.folder)
        assert "RAY_ADDRESS" not in environment
        assert environment["NO_PROXY"] == "127.0.0.1,localhost,intranet"
        assert environment["OMP_NUM_THREADS"] == "1"
        assert home.folder.stat().st_mode & 0o077 == 0


def test_flowers_commands_are_this_interpreters_whatever_the_path_holds(tmp_path, monkeypatch):
    (tmp_path / "flower-superlink").write_text("#!/bin/sh\necho another environment's\n")
    (tmp_path / "flower-superlink").chmod(0o700)
    monkeypatch.setenv("PATH", os.pathsep.join((str(tmp_path), "/usr/bin", "/bin")))
    with flower_home() as home:
        log = tmp_path / "log"
        assert FlowerProcess(["flower-superlink", "--version"], home, log).wait(300) == 0
        assert version("flwr") in log.read_text()
        assert all(str(sys.executable) in path.read_text() for path in (home.folder / "bin").iterdir())
        with pytest.raises(RunError, match=r"flower-hyperlink: no such command; it comes with Flower"):
            FlowerProcess(["flower-hyperlink"], home, log)


def test_rays_sockets_fit_where_temporary_folders_have_long_names(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with flower_home() as home:
        assert len(f"{home.folder}/ray/session_2026-01-01_00-00-00_000000_4194304/sockets/plasma_store") <= 103


def test_a_process_that_is_never_ready_is_an_error_with_its_log(tmp_path):
    with flower_home() as home:
        process = FlowerProcess([sys.executable, "-c", STUBBORN], home, tmp_path / "log")
        with pytest.raises(RunError, match=r"not ready after 0 s; its log: .*log"):
            process.wait_for(lambda: False, 0)
        process.kill()


def test_a_process_speaks_in_lines(tmp_path):
    program = (
        "import time\nfor part in ('é: 1', '/2 a\\n', 'half'):\n print(part, end='', flush=True); time.sleep(0.3)"
    )
    log = tmp_path / "log"
    log.write_text("of an earlier run\n")
    with flower_home() as home:
        assert list(FlowerProcess([sys.executable, "-c", program], home, log).lines()) == ["é: 1/2 a", "half"]


def test_the_app_names_a_run_of_any_name(tmp_path):
    run = tmp_path / "a 'run' with \"quotes\" \\ é"
    write_app(tmp_path / "app", run)
    app = tomllib.loads((tmp_path / "app" / "pyproject.toml").read_text())["tool"]["flwr"]["app"]
    assert app["config"] == {"run": str(run)}
    assert [path.name for path in (tmp_path / "app").iterdir()] == ["pyproject.toml"]
